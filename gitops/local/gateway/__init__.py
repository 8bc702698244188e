"""Requests in, answers out: each goes to the least busy ready replica of its endpoint, and is counted."""
