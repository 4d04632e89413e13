"""Every memory carries keyed digests of what it says and how it is governed: an edit past the product shows."""

from memos_graph.integrity.digests import Digests
from memos_graph.integrity.vouching import Integrity

__all__ = ["Digests", "Integrity"]
