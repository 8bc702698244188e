"""What a version runs in: its own virtual environment, made once by its card's bootstrap."""
