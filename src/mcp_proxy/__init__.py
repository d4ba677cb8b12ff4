"""mcp-permit."""
