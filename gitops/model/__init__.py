"""The nouns. Pure data: no I/O, no clock, no third party but pydantic; a noun decides nothing about the world."""
