"""The gateway: one face, two eras, valid tokens, one answer.

side          the face of the gateway for the relay and the responder
crossroads    which way each message takes, by the eras of both sides
acquaintance  the gateway's era: remembered, found out, doubted
upstream      Streamable HTTP with a session (to 2025-11-25)
modern        each request by itself (2026-07-28)
access        asked with a valid token, once more with another
answer        one answer: a JSON body or an event stream
stream        an event stream, over as many connections as it takes
push          the gateway's own stream
limits        how many requests at once, and how long without a sign of life
status        pure: what an HTTP error means for a person
"""
