"""Asks the operating system: which processes are ours, what they use, which ports are free."""
