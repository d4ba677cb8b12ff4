"""A small world to try the product in and to test it against.

`world` opens one loopback address with two parties behind it: an authorization
server (`authorization`, with its book of tokens in `ledger`) and an Integration
Gateway instance labelled DEV (`gateway`, guarded by `front`). `instance` is what
the instance holds, `tools` what it offers; `integrations`, `runs`, `admin`,
`frontends`, `adapters` and `documentation` are what its tools do. `switches` makes
it misbehave and counts. `host` and `browser` play a desktop program and a person;
`tour` plays the main job with them and tells what happened, `stay` keeps the world
up for trying.

Nothing outside `cli` and the tests imports this room.
"""
