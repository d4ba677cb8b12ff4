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
    greeting     the one answer to `initialize`, and the session that it opens
    handshake    pure: `initialize`, the gateway's and ours
    own_answers  what the gateway has not said, in the era of the client
    trail        the audit of each judged call
    assembly     one profile put together
    tap          the same relay, for the commands of the terminal

    tools/       which tools there are, which are surfaced, under which names
    person/      a sign-in that nobody waits for
    gateway/     one face of the gateway, whatever era it speaks, asked with valid tokens
    crossings/   what the crossings of eras do
    eras/        pure: what they decide, one file a crossing
    refused/     what is done about the gateway's refusals, loaded when it is needed

A message is parsed once, judged, and its original bytes go on.
"""
