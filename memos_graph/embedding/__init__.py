"""Text embeddings: Embedder. Importing it loads no model, and none of the libraries that read one."""

from memos_graph.embedding.embedder import Embedder
from memos_graph.embedding.vectors import Matrix, Vector, packed

__all__ = ["Embedder", "Matrix", "Vector", "packed"]
