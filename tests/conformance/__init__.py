"""One contract for every platform; a fake is trusted because it passes what the real one passes."""
