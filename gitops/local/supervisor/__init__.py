"""Keeps every endpoint as it is wished: decides, starts and stops replicas, looks after them, scales."""
