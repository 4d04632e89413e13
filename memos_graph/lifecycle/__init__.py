"""MemLifecycle: states, versions, merging, expiry, erasure and the time machine (paper, 4.3, operation layer)."""
