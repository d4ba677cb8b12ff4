"""The network: one outside thing per file, and no decisions about MCP or OAuth.

* `link` carries the forwarded messages. It stands on `connection` (one socket,
  one exchange at a time), `exchange` (a request on its way), `reply` (one answer), `slots`
  (so many at once) and `dial` (how a connection comes about; `tunnel` leads it through a
  forward proxy).
* `http` performs OAuth flows and is the only file that imports httpx2.
* Both ask `route` (which forward proxy the environment names), `trust` (the TLS
  context) and `unreachable` (why no connection came about, in words).
* `loopback` waits for the redirect of a sign-in: on its `port`, with a `page` for the
  browser at the end. `browser` opens the page at which it begins.
"""
