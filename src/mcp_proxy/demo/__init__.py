"""A small world to try the product in and to test it against.

    world          one loopback address with two parties behind it; what follows is theirs
    embedded       the web server under both, a guest in somebody else's event loop
    switches       how the world misbehaves, and what it counts; `faults` by their names

    metadata       the authorization server: what it publishes, and where
    authorization  what people open there, in `pages`
    tokens         what programs ask there
    applications   its clients, each an `application`
    ledger         its book of codes and tokens; `devices` has the codes of RFC 8628

    front          the gateway: the bearer check, and the faults
    gateway        its MCP server, on the `mcp` SDK
    tools          what it offers; done by `integrations`, `runs`, `admin`, `frontends`,
                   `adapters` and `documentation`, each call at a `desk`
    reading        its prompts, resources and completion
    identities     who may sign in, and what each may do
    instance       what it holds, filled by `seed`

    host, browser  a desktop program and a person, as programs
    tour           the main job, played on a `stage` and told as a `transcript`
    stay           the world left up for trying, with a `profile` to try it with

Nothing outside `cli` and the tests imports this room.
"""
