"""A vault put under the MemOS that tests share, for one test."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from memos_graph import MemOS
from memos_graph.errors import InputError, NotFoundError
from memos_graph.vault.keeping import Vault
from memos_graph.vault.places import declare_gone
from memos_graph.vault.stores import PayloadStore


@contextmanager
def vault_under(memos: MemOS, store: PayloadStore) -> Iterator[Vault]:
    """Have ``memos`` keep payloads in ``store``, too."""
    services = memos._services
    payloads = services.payloads
    home = services.host.process.home
    vault = Vault(services.runner, home, payloads.keys, payloads.places, store, services.keyring)
    payloads.vault, payloads.places.vaults = vault, frozenset({store.url})
    try:
        yield vault
    finally:
        payloads.erase()
        payloads.vault, payloads.places.vaults = None, frozenset()
        with suppress(NotFoundError, InputError):
            declare_gone(services.runner, services.audit, store.url)


def kept(vault: Vault, space: str) -> dict[str, bytes]:
    """What a vault has of a space, by the names of its files."""
    found = {}
    for each in vault.objects(space):
        content = vault.store.get(each.name)
        assert content is not None
        assert len(content) == each.size
        found["/".join(each.name.split("/")[2:])] = content
    return found
