"""The model host: a process of its own that holds the language model, its KV-caches and its LoRA adapters.

The API process imports ``protocol``, ``client`` and ``supervisor`` only; none of them imports torch.
"""
