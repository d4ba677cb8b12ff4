"""The Integration Gateway of the demo, instance DEV (systems.md §1, §2).

world         its address, clients and accounts; who may come in
gateway       its MCP server
tools         what it offers; done by `integrations`, `runs`, `admin`, `frontends`,
`adapters` and `documentation`, each call at a `desk`
reading       its prompts, resources and completion
identities    who may sign in, and what each may do
instance      what it holds, filled by `seed`
"""
