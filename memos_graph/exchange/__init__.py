"""What leaves the store, marked as its owner's (paper, 4.3: MemDumper)."""
