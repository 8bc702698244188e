"""EDGE: what people read. A view sees models only, and decides nothing."""
