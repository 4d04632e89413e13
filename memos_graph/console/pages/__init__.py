"""The pages, a module each: what is asked of the memory API, and what a template shows of it."""
