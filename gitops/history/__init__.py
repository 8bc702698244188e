"""EDGE: deployment records and locks in git, and the repository that declarations live in.

Everything is done with git's plumbing, on refs below `refs/gitops/`: no branch, index or work tree is touched.
"""
