"""Parametric memory: lines of memory taught to a LoRA adapter, measured, kept on a shelf, and asked back.

``child`` starts a distillation in a process of its own and may be imported without torch; everything else needs torch.
"""
