"""What a MemCube is: a draft before it is stored, a row of the graph as one, and what it is found by."""
