"""Permission: which of the gateway's tools a profile lets through, under which names.

    model        the nouns: a tool, a policy, a decision
    glob         the patterns that tools and arguments are named by
    rules        one function for each rule
    decide       all rules together: one decision for a tool, a view of a whole list
    preset       what is known of one system; presets/*.toml hold four of them
    classes      the class of a tool, and who says so
    limits       the classes that a profile or its environment permits
    resources    what a profile grants itself on single resources
    explanation  a refusal in words
    refusals     recognising that the gateway has refused, and what
    remark       what a refusal becomes for the client
    enquiry      what a system tells about permissions when it is asked
    origin       who offers a tool, as far as its name says
    alias        legal names for tools whose own names a client cannot take

Pure. Local policy narrows what the gateway permits and never widens it; every call
is judged again by the gateway. docs/permissions.md has the vocabulary.
"""
