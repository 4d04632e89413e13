"""The web console: memories, who may see them and what was done with them, as pages for people who would rather look than read."""
