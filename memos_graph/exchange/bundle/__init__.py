"""Bundles: memories that travel in one file, as docs/mip.md specifies it."""
