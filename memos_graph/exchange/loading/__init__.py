"""MemLoader: bundles into a space, by the ways every memory is written (paper, 4.3)."""
