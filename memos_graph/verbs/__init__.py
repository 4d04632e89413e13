"""Verbs: each declared once, from which its REST call, its command, its step of a pipeline and its rows in docs/ are made."""
