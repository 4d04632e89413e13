"""The paper's operation layer: how memories are structured, found, scheduled and changed."""
