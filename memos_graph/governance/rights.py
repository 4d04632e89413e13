"""Who may change whose rights, as one table: the acts, what they take, and whose objects they reach (paper, 4.3: MemGovernance).

``permits.py`` asks it what each change of grants and denials takes; docs/governance.md shows it as ``table()`` writes it.
"""

from dataclasses import dataclass
from enum import StrEnum

from memos_graph.governance import Action


class RightsChange(StrEnum):
    """An act that changes what somebody may do."""

    GRANT = "grant"
    REVOKE = "revoke"
    DENY = "deny"
    ALLOW = "allow"
    POLICY = "policy apply"
    ANNOTATE = "annotate"
    ROLE_CREATE = "role create"
    ROLE_ADD = "role add"
    ROLE_REMOVE = "role remove"
    MANDATE_GIVE = "mandate give"
    MANDATE_END = "mandate end"
    KEY_CREATE = "key create"
    KEY_REVOKE = "key revoke"
    TENANT_JOIN = "tenant join"
    TENANT_LEAVE = "tenant leave"


class Whose(StrEnum):
    """Who may do it."""

    HOLDER = "who holds it"
    OWN = "for oneself"
    OPERATOR = "who runs the installation"


@dataclass(frozen=True)
class Right:
    """One row of the table.

    * ``whose`` by whom; a ``HOLDER`` needs ``needs`` on the space (``ANNOTATE``: on the memory).
    * ``others`` what it takes to change what others gave; ``None``: nobody may.
    * ``policy`` whether the policy of the space (``sharing``) can allow it to fewer.
    * ``reaches`` whose rights it changes, and how far.
    """

    whose: Whose
    reaches: str
    needs: Action | None = None
    others: Action | None = None
    policy: bool = False

    @property
    def action(self) -> Action:
        """Return what it takes on the space; raises ``ValueError`` where that is no matter of grants."""
        if self.needs is None:
            raise ValueError("No grant allows this act.")
        return self.needs


RIGHTS: dict[RightsChange, Right] = {
    RightsChange.GRANT: Right(
        Whose.HOLDER,
        "anybody's but the owner's: adds what the giver itself holds, no longer and for no other purposes than that; replaces only what the "
        "same giver granted there",
        Action.SHARE,
        policy=True,
    ),
    RightsChange.REVOKE: Right(
        Whose.HOLDER,
        "what one granted oneself, or one's agents for one; administrators: what anybody granted, but the owner's",
        Action.SHARE,
        others=Action.ADMINISTER,
        policy=True,
    ),
    RightsChange.DENY: Right(
        Whose.HOLDER,
        "anybody's but the owner's, in the space, or on one memory that the giver may read and on all that was made from it",
        Action.ADMINISTER,
        others=Action.ADMINISTER,
    ),
    RightsChange.ALLOW: Right(
        Whose.HOLDER,
        "what anybody was denied, on what one may read oneself",
        Action.ADMINISTER,
        others=Action.ADMINISTER,
    ),
    RightsChange.POLICY: Right(
        Whose.HOLDER,
        "who may share, who sees what, when memories of the space end",
        Action.ADMINISTER,
        others=Action.ADMINISTER,
    ),
    RightsChange.ANNOTATE: Right(
        Whose.HOLDER, "nobody's: lineage shows it, and no right, end or erasure follows it", Action.WRITE
    ),
    RightsChange.ROLE_CREATE: Right(Whose.OWN, "roles under one's own name"),
    RightsChange.ROLE_ADD: Right(
        Whose.OWN, "who has a role of one's own; what the role was granted is its spaces' to say"
    ),
    RightsChange.ROLE_REMOVE: Right(Whose.OWN, "who has a role of one's own"),
    RightsChange.MANDATE_GIVE: Right(Whose.OWN, "an agent that acts for oneself, with what both may do"),
    RightsChange.MANDATE_END: Right(Whose.OWN, "mandates one gave"),
    RightsChange.KEY_CREATE: Right(Whose.OWN, "keys of one's own; on the command line: anybody's"),
    RightsChange.KEY_REVOKE: Right(Whose.OWN, "keys of one's own; on the command line: anybody's"),
    RightsChange.TENANT_JOIN: Right(
        Whose.OPERATOR, "anybody's, with their roles and spaces; no other act puts a name into a tenant"
    ),
    RightsChange.TENANT_LEAVE: Right(Whose.OPERATOR, "anybody's, with their roles and spaces"),
}
"""Every act that changes rights. What it does not allow is refused; what is foreign is refused like what is missing."""


def table() -> str:
    """Return the table as Markdown, as docs/governance.md shows it."""
    lines = ["| act | takes | changes |", "| --- | --- | --- |"]
    for change, right in RIGHTS.items():
        takes = f"`{right.needs}`" if right.needs else right.whose.value
        if right.policy:
            takes += ", and the policy's `sharing`"
        lines.append(f"| {change} | {takes} | {right.reaches} |")
    return "\n".join(lines)
