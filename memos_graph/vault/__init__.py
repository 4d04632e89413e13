"""MemVault: memories as they are written, and the payloads that lie outside the graph (paper, 4.3, infrastructure layer)."""
