"""Discovery: the answer of a route → the articles it announces. Pure: bytes in, entries out."""
