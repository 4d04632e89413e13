"""Encryption, signatures and the keys of one installation: published constructions, by the cryptography library."""
