"""The network: one outside thing per file, and no decisions about MCP or OAuth.

* `link` carries the forwarded messages. It stands on `connection` (one socket,
  one exchange at a time), `reply` (one answer), `dial` (how a socket gets there),
  `route` (which forward proxy the environment names) and `trust` (TLS context).
* `http` performs OAuth flows and is the only file that imports httpx2.
* `loopback` waits for the redirect of a sign-in; `browser` opens its page.
* `unreachable` puts into words why no connection came about.
"""
