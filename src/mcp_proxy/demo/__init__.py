"""Small worlds to try the product in and to test it against, one for each system.

    integration/   the Integration Gateway, scaimcp/ ScaiMCP with ScaiLink, baseline/ Stable
                   Baseline: each a `world`, and an `exhibit` for people; `systems` by name

    world          what they share: one loopback address with two parties behind it
    embedded       the web server under both, a guest in somebody else's event loop
    layout         their names and paths, as data
    switches       how a world misbehaves, and what it counts; `faults` by their names
    clock          its time, which a test may move
    control        its admin port

    metadata       the authorization server: what it publishes, and where
    authorization  what people open there, in `pages`; what they agree to is `granting`
    tokens         what programs ask there
    applications   its clients, each an `application`
    account        whom it knows
    ledger         its book of codes and tokens; `devices` has the codes of RFC 8628
    keys           API keys, for which nobody signs in

    front          before the gateway: the faults, and who may come in
    bearer         the check of tokens and keys
    endpoint       an MCP server, on the `mcp` SDK
    complaints     what is wrong with a call's arguments

    host, browser  a desktop program and a person, as programs
    tour           the main job, played on a `stage` and told as a `transcript`
    stay           worlds left up for trying, with a `profile` for each identity; each system's
                   `exhibit` says what there is to see

Nothing outside `cli` and the tests imports this room.
"""
