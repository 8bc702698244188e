"""The speed and size that this project promises, measured: each figure beside its budget, in one run."""
