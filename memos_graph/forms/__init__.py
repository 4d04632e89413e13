"""The three forms of memory before a model: plaintext in its prompt, KV-caches, adapters; and the answer made from them."""
