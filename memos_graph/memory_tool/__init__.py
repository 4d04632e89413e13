"""Anthropic's memory tool over a space's documents, as files under ``/memories``. Needs the extra ``anthropic``."""

from memos_graph.kit.extras import needing

with needing("anthropic", "Anthropic's memory tool"):
    from memos_graph.memory_tool.tool import AsyncMemosMemoryTool, MemosMemoryTool

__all__ = ["AsyncMemosMemoryTool", "MemosMemoryTool"]
