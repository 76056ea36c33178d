"""A replica newsroom on loopback: sites shaped like real ones, with articles of our own.

`rasid demo` and the tests crawl it. The outlets and what they report are
invented; only the shapes of their pages, feeds and addresses are real ones'.
"""
