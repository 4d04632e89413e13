"""mem0's REST under ``/compat/mem0``, so that its clients work here: the platform's calls and those of its open-source server."""
