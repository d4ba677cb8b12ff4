"""Where the two eras of MCP meet: one file a crossing, each a pure state machine.

    host     gateway
    legacy   legacy    no file: bytes pass, in the session that `proxy.gateway.upstream` keeps
    legacy   modern    legacy_to_modern: `initialize` out of `server/discover`, `_meta`
                       stamped, what the gateway wants to know asked of the host
    modern   modern    modern_to_modern: bytes pass; headers and subscription ids follow
    modern   legacy    modern_to_legacy: `server/discover` out of `initialize`, the
                       gateway's requests turned into results that want input

Beside them, what they are made of:

    a modern host    envelope: what it says of itself; result: what it is answered;
                     subscriptions: what it listens to
    and with it a legacy gateway
                     plain: what that gets; capabilities and question: what that may ask;
                     handles: how the host goes on; unasked: whom else a message is for
    a modern gateway probe: whether it is one; input_required: what it asks of a legacy
                     host; changes: what it tells unasked

The eras are those of `wire.mcp`: legacy has a handshake and a session (to 2025-11-25),
modern has neither (2026-07-28). Each message of the host says its own era, so a host may
probe and then shake hands; the gateway's is found by one probe and remembered
(`catalog.era`). `proxy.gateway.crossroads` chooses the way and does what the machines ask for:
they touch nothing, and see messages, never connections. Everybody on the way has the
face of `proxy.gateway.side`.
"""
