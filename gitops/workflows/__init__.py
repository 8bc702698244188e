"""One file per use case. A use case speaks ports only, so it runs the same over a fake and over the real thing."""
