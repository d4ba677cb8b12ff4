"""MCP as bytes: what a message says, and how to change little of it.

    jsontext  JSON text -> values, strictly
    jsonrpc   one line -> one strictly parsed message; answers as bytes
    splice    reading and changing values inside JSON text, all else left alone
    pointer   where something stands in a value that was read
    mcp       method names, `_meta` keys, revisions and their two eras
    headers   what of a message its HTTP headers repeat, in the modern era
    sse       the bytes of an event stream -> events, incrementally

Pure. A message is parsed to be judged; its original bytes go on.
"""
