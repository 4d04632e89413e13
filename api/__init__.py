"""The REST API: ``create_app`` over an open ``MemOS``; every route validates, calls, and returns."""

from memos_graph.api.app import create_app
from memos_graph.api.metrics import Metrics

__all__ = ["Metrics", "create_app"]
