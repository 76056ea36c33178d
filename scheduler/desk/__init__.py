"""The web desk: what a newsroom looks at. Server-rendered, Arabic first, without JavaScript too.

    server       binding, the one-time link, uvicorn in a thread of the service
    app          which address leads to which room
    guard        who may come in: hosts, visits, tokens, CSRF, headers
    rooms/       one module a room; each reads the archive and fills a template
    locale       words, numbers and times in the reader's language
    live         new alerts pushed to open desks
    api/, atom   the same for programs

Rooms are plain functions run in threads, since the archive is read in them; only
what waits for a connection is a coroutine. The desk writes no articles.
"""
