"""mcp-permit: a local stdio MCP server in front of a remote MCP gateway.

It signs in once, keeps and renews the tokens, forwards what the client says and
surfaces only the tools that are permitted. The map, from the ground up:

    values                    frozen values, without what `dataclasses` costs a start
    errors, redact, version   every error with its hint; making text safe to show
    wire/       pure          JSON-RPC and MCP on the wire: read strictly, forward untouched
    oauth/      pure          sign-in and renewal as conversations, without a network
    policy/     pure          may this tool be used, and which rule says so
    config/                   profiles: one gateway, one identity, one policy, one name
    catalog/                  the tools as a gateway last listed them
    tokens/                   the sealed store, and one valid access token for everybody
    net/                      the network, the redirect listener, the browser
    files, audit/             private atomic files; one line for each decision
    login/                    signing in and out as a story; who is signed in
    proxy/                    the way of a message; `serve` puts one profile together
    doctor/                   a walk to the first thing that is broken
    cli/                      the terminal: arguments in, words or JSON out
    demo/                     a small world to try and to test all this in

Imports go downwards only, as tests/test_architecture.py checks. Go on reading in
`proxy/__init__.py`, then `proxy/plan.py`; docs/architecture.md tells the rest.
"""
