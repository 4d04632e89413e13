"""MemOperator: how memories are found, and MemReader, which turns a question into a call (paper, 4.3)."""
