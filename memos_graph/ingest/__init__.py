"""From a parsed source to memories: structure, extraction, and the writing of it batch by batch."""
