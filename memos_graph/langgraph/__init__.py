"""LangGraph and LangChain: a space's documents as a ``BaseStore``, its memories as a retriever. Needs the extra ``langgraph``."""

from memos_graph.kit.extras import needing

with needing("langgraph", "A store of LangGraph"):
    from memos_graph.langgraph.retriever import MemosRetriever
    from memos_graph.langgraph.store import MemosStore

__all__ = ["MemosRetriever", "MemosStore"]
