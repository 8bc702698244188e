"""EDGE: deployment records and locks in git, and the repository that declarations live in."""
