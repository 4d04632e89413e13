"""MemScheduler: what is done now and then, though nobody asks for it (paper, 4.3, operation layer)."""
