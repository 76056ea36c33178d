"""The desk for programs: what a view shows, as JSON, under /api/v1; see docs/api.md.

    endpoints   what can be asked, and how an address says it
    shapes      what comes back, as JSON schemas
    spec        both as one OpenAPI document
    routes      from a request to an answer: rights, rate, errors in words
    news        alerts, articles, search
    watching    watches, what they found, trends
    house       sites, health, people, the log

An endpoint is declared once; its parameters are read, its document is written and its
route is made from that.
"""
