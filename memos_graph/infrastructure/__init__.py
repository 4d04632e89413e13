"""The paper's infrastructure layer: who may do what, what was done, and how content comes in."""
