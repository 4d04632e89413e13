"""A vault put under the MemOS that tests share, for one test."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from memos_graph import MemOS
from memos_graph.errors import InputError, NotFoundError
from memos_graph.vault.keeping import Vault
from memos_graph.vault.places import declare_gone
from memos_graph.vault.stores import PayloadStore


@contextmanager
def vault_under(memos: MemOS, store: PayloadStore, cold: PayloadStore | None = None) -> Iterator[Vault]:
    """Have ``memos`` keep payloads in ``store``, too, and those of archived ones in ``cold``."""
    services = memos._services
    payloads = services.payloads
    home = services.host.process.home
    stores = [store] if cold is None else [store, cold]
    vaults = [Vault(services.runner, home, payloads.keys, payloads.places, each, services.keyring) for each in stores]
    payloads.vault, payloads.cold = vault, _ = vaults[0], vaults[-1]
    payloads.places.vaults = frozenset(each.url for each in stores)
    try:
        yield vault
    finally:
        payloads.erase()
        payloads.vault = payloads.cold = None
        payloads.places.vaults = frozenset()
        for each in stores:
            with suppress(NotFoundError, InputError):
                declare_gone(services.runner, services.audit, each.url)


def kept(vault: Vault, space: str) -> dict[str, bytes]:
    """What a vault has of a space, by the names of its files."""
    found = {}
    for each in vault.objects(space):
        content = vault.store.get(each.name)
        assert content is not None
        assert len(content) == each.size
        found["/".join(each.name.split("/")[2:])] = content
    return found
