"""Page shells, one module for each theme that real sites use."""
