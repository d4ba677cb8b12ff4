"""ScaiMCP with ScaiLink, ScaiGrid's REST surfaces and ScaiKey's sign-in (systems.md §3).

world        its address, clients, accounts and keys; who may come in
gateway      its MCP server: stateless, a list for each caller, each call checked again
catalogue    the built-in tools and what each needs; `services` do them
remote       the servers of ScaiLink's cloud registry, and their tools
consent      asking before a tool of the tier `confirm` runs
people       who may sign in, with which roles
permissions  the core permissions, and what each role holds
tenant       what the one tenant has, switched on and stored
refusals     how a refusal looks: in a result, and over REST
surfaces     the REST surfaces beside the MCP endpoint; `registry` is ScaiLink's, `flows`
             are those of `/v1/auth`
limits       four rate limits over everything
events       the gateway's own audit
switches     how it misbehaves
"""
