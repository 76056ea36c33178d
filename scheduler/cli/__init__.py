"""The command line. Nothing here decides anything; it asks, calls and prints."""
