"""``Memory.policy``: the declared policy of a mounted space."""

from collections.abc import Sequence
from pathlib import Path

from memos_graph.errors import InputError
from memos_graph.lifecycle.applying import Applied, AppliedPolicy
from memos_graph.memory.refusing import recording
from memos_graph.policies import read, sentences
from memos_graph.services import Services


@recording
class SpacePolicy:
    """What governs one space."""

    def __init__(self, services: Services, space: str, principal: str) -> None:
        self._services = services
        self._space = space
        self._principal = principal

    def apply(self, policy: str | Path, *, dry_run: bool = False) -> Applied:
        """Let ``policy`` (YAML text, or the path of a file) govern this space, and what is in it already.

        * ``dry_run`` says what would be done, with examples, and writes nothing.
        * Needs the right to administer. Raises ``PolicyFileError`` with every problem of the file.
        """
        return self.apply_text(text_of(policy), dry_run=dry_run)

    def apply_text(self, text: str, *, dry_run: bool = False) -> Applied:
        """Do as ``apply`` does, with the policy's text, however short it is: never reads a file."""
        if dry_run:
            return self._services.policies.preview(self._space, self._principal, text)
        return self._services.policies.apply(self._space, self._principal, text)

    def show(self, version: int | None = None) -> AppliedPolicy:
        """Return the policy in force, or an earlier version; raises ``NotFoundError`` when there is none."""
        return self._services.policies.show(self._space, self._principal, version)

    def history(self) -> Sequence[AppliedPolicy]:
        """Return every policy that has governed this space, the one in force first."""
        return self._services.policies.history(self._space, self._principal)


def explain(policy: str | Path) -> Sequence[str]:
    """Return what a policy means, in plain sentences; raises ``PolicyFileError`` with every problem of the file."""
    return sentences(read(text_of(policy)))


def text_of(policy: str | Path) -> str:
    """Return the text of a policy given as a path, or as text (which has more than one line)."""
    if isinstance(policy, str) and "\n" in policy:
        return policy
    try:
        return Path(policy).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"The policy file {policy} can't be read: {error}.") from error
