"""The service: when to crawl, what to look for, whom to tell.

Scrapy has a scheduler too, its queue of requests; this package is the
project's clock and has nothing to do with it.
"""
