"""Stable Baseline: a gateway whose credentials are narrower than the people who made them.

    world          its address, its keys, its sign-in, its switches
    keys           those that it begins with
    grants         what a credential may do, and which grants may exist
    consent        what a person gives away on the page; `signup` is the way in without one
    catalogue      the 200 tools as data, judged by `calls`, refused by `refusals`
    navigation, documents, organisation
                   the deeds, each at a `desk`; `orders` spends in two steps
    estate         what the organisation holds
    gateway        all of it as an MCP server; `reading` has prompts and resources
    switches       how this world misbehaves beyond the common faults
    exhibit        how it is shown to somebody who tries it

After systems.md §4. What is ours, because no source says it, is marked so.
"""
