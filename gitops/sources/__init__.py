"""EDGE: the user's files -> Desired and diagnostics. Nothing here knows of a platform."""
