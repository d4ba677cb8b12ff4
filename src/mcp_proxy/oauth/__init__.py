"""Signing in, as pure conversations: nothing here opens a socket, reads a clock or keeps a file.

    http           a request, a response, and the flow that yields one and is sent the other
    model          the nouns that are kept: server, client, tokens, grant
    challenge      what a 401 or 403 says (`WWW-Authenticate`)
    resource       the gateway's own metadata, and what a token is asked for (RFC 9728, 8707)
    discovery      from a gateway to its authorization server (RFC 8414, OpenID Connect)
    metadata       what that server says of itself, checked
    registration   which client this program is there (configured, metadata document, RFC 7591)
    scopes         what to ask for
    authorization  the page to open, and judging what comes back (RFC 6749 §4.1, 7636, 9207)
    device         a code that a person types on another device (RFC 8628)
    assertion      a client that proves itself by signing (RFC 7523 §2.2)
    dpop           tokens that are bound to a key, and the proofs of it (RFC 9449)
    grants         code to tokens, tokens of a client's own, renewed, revoked (RFC 6749, 7009)

Two guards stand below them, because all of this reads what others wrote: `endpoint`
decides which addresses may be requested or opened, `refusal` makes a server's error
text fit to show. `document` fetches one metadata document, `grammar` spells requests,
`token_endpoint` asks for tokens and reads them.

One sign-in is: `discover`, `scope_to_request`, `obtain_client`, `authorization_request`,
(a person), `judge_redirect`, `redeem_code`. `net.http` performs the flows.
"""
