"""`python -m gitops` is the command `gitops`."""

from gitops.cli.main import run

if __name__ == "__main__":
    run()
