"""The Integration Gateway of the demo: DEV, TEST and PROD (systems.md §1, §2).

world         an instance's address, clients and accounts; who may come in
environments  three instances at once
execution     what service accounts are for: running an integration over REST

gateway       the MCP server
tools         what it offers; done by `integrations`, `runs`, `admin`, `frontends`,
              `adapters` and `documentation`, each call at a `desk`
listing       which of them are shown; `needs` has what each needs
reading       prompts, resources and completion
identities    who may sign in, and what each may do, alone and in groups
instance      what it holds, filled by `seed`
switches      how this world misbehaves beyond the common faults
guide         what `demo` says about it
"""
