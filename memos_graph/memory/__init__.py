"""The memory API: everything a principal does with its memories (paper, 4.3, interface layer)."""
