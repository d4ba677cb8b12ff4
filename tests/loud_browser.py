"""A browser that talks while it signs in, as browsers do: to stdout, to stderr, to its launcher."""

from __future__ import annotations

import sys

from mcp_proxy.demo.browser import main

if __name__ == "__main__":
    sys.stdout.write('{"jsonrpc":"2.0","id":1,"result":"not from a gateway"}\n')
    sys.stdout.flush()
    sys.stderr.write("[WARNING] there is no display\n")
    sys.exit(main())
