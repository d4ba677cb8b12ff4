"""A walk from the configuration file to the tools: what is the first thing that is broken?

    finding      pure: what one step found, and the steps in their order
    question     pure: the requests that a client without a token may make, as flows
    patient      what is looked at, and what the steps before have learnt
    machine      the steps on this machine: environment, redirect, token
    network      the steps on the way: DNS, connection, TLS and CA, proxy
    authority    the steps of OAuth: challenge, metadata, client
    gateway      the steps with a token: session, list, names
    walk         the steps one after the other, up to the first that is broken

It changes nothing here: no sign-in, no renewal, no registration, no list kept; and at the
gateway nothing but a session, which it ends. It shows no secret.
"""
