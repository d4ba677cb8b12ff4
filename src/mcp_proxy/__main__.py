"""`python -m mcp_proxy`, for where the command is not on the PATH."""

from __future__ import annotations

import sys

from mcp_proxy.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
