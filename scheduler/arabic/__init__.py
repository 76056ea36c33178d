"""Which forms of a watch word a reader of Arabic takes for the same word.

Pure. The watch is expanded, the text is never stemmed.
"""
