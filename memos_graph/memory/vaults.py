"""The vault of one space: whether the payloads of its KV-caches and adapters are there, whole."""

from memos_graph.memory.refusing import recording
from memos_graph.services import Services
from memos_graph.vault.checking import VaultChecker, VaultReport


@recording
class PayloadVault:
    """Where the payloads of a space are kept."""

    def __init__(self, services: Services, space: str, principal: str) -> None:
        self._checker = VaultChecker(services.runner, services.governance, services.audit, services.payloads)
        self._services = services
        self._space = space
        self._principal = principal

    def check(self, *, repair: bool = False) -> VaultReport:
        """Read every payload in service and hold it against what was written; with ``repair``, put right what is not.

        Needs the right to administer. Raises ``VaultError`` where the vault does not answer; the same again goes on.
        """
        return self._checker.check(self._space, self._principal, repair=repair)
