"""MCP: memories as tools of an agent, over the Model Context Protocol. Needs the extra ``mcp``."""

from memos_graph.mcp.calls import Enter
from memos_graph.mcp.server import PROFILES, create_server

__all__ = ["PROFILES", "Enter", "create_server"]
