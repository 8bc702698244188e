"""PURE: counters -> Snapshot -> Report. No I/O, no clock."""
