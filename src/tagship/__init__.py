"""Push a tag; your MCP server ships everywhere, verified."""

__version__ = "0.1.0"
