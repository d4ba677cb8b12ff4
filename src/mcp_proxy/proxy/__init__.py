"""The way of a message, from a line on stdin to a line on stdout.

    prologue     the first answer, from the last snapshot, before anything heavy is loaded
    serve        a desktop client on stdin and stdout, until it hangs up
    stdio        bytes in, whole lines out; nothing else may write to stdout
    daemons      threads that no exit waits for
    relay        the core: one task for each request, exactly one answer
    lane         the short way of an ordinary call, which needs no task
    host         the era of the client: what of it is served, what it may hear
    batch        several messages in one line, for the one revision that has them
    plan         pure: a message and the view of the tools -> what to do with it
    responder    does it: asks the gateway, refuses, waits for a person
    asking       a request put to the gateway, with a sign-in where it wants one
    greeting     the one answer to `initialize`, and the session that it opens
    listing      the whole list of tools, asked for on our own account
    own_answers  what the gateway has not said, in the era of the client
    view         pure: which tools there are, which are surfaced, under which names
    shelf        the view in memory and the snapshot on disk
    side         the face of the gateway for all of the above, whatever era it speaks
    eras/        pure: where the two eras of MCP meet, one file a crossing
    crossroads   which way leads to the gateway, by the eras of both; it does the crossings:
      acquaintance  what the gateway speaks; modern_ways, loaded where that is modern
      modern        a gateway without sessions, one request at a time
      legacy_host   a legacy client there, with listening and subscription
      modern_host   a modern client there
      sessions      a modern client at a gateway with sessions: host_session, and in it
      run           each request, over as many rounds as it takes
    upstream     Streamable HTTP with a session: one resend where it is safe
    access       the gateway, asked with a valid token
    answer       one answer of the gateway: a JSON body or an event stream
    stream       an event stream, over as many connections as it takes
    shape        pure: what a list becomes before the client sees it
    handshake    pure: `initialize`, the gateway's and ours
    status       pure: what an HTTP error means for a person
    push         the gateway's own stream of notifications and requests
    entrance     the sign-in that runs behind the requests that want it
    waiting      pure: what a client is told meanwhile
    elicitation  the same, put before the person by the host itself; wish, by a modern one
    standby      who listens is told later what is new, though nobody can be asked yet
    step_up      pure: which uses are worth another authorization request
    refusals     what is done about the gateway's refusals, loaded when it is needed:
      patient      they are clear, and asked again where the gateway wants that
      counsel      what a client is told; aside, pure: words of ours before the gateway's
      learnt       what was refused for itself is hidden, for a while
      rights       what an identity may do with which resource, to explain
      behind       what is asked behind the calls, so that no client need restart
    trail        the audit of each judged call
    assembly     one profile put together
    tap          the same relay, for the commands of the terminal

A message is parsed once, judged, and its original bytes go on.
"""
