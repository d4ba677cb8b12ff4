"""The way of a message, from a line on stdin to a line on stdout.

    stdio     bytes in, whole lines out; nothing else may write to stdout
    plan      pure: a message and the view of the tools -> what to do with it
    view      pure: which tools there are, which are surfaced, under which names
    shape     pure: what an answer becomes before the client sees it
    relay     the core: one task for each request, exactly one answer
    upstream  Streamable HTTP: session, token, one resend where it is safe
    push      the gateway's own stream of notifications and requests
    entrance  the sign-in that runs behind the requests that want it
    serve     one profile put together, for a desktop client
    tap       the same relay, for the commands of the terminal

A message is parsed once, judged, and its original bytes go on.
"""
