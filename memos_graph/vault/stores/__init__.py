"""Where the vault keeps payloads, chosen by a URL: a folder, this process's memory, a bucket that speaks S3."""

from memos_graph.vault.stores.store import PayloadStore, VaultObject, checked_name

__all__ = ["PayloadStore", "VaultObject", "checked_name"]
