"""Permission: which of the gateway's tools a profile lets through, under which names.

    model   the nouns: a tool, a policy, a decision
    rules   what a glob matches; one function for each rule
    decide  all rules together: one decision for a tool, a view of a whole list
    alias   legal names for tools whose own names a client cannot take

Pure. Local policy narrows what the gateway permits and never widens it; every call
is judged again by the gateway.
"""
