"""The archive: what was published, when it was seen, and who has been told.

The ground floor. It knows nothing of crawling or alerting.
"""
