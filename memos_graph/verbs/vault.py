"""The verb of the vault: are the payloads of a space there, whole."""

from typing import Annotated

from pydantic import Field

from memos_graph.memory.memory import MemoryApi
from memos_graph.vault.checking import VaultReport
from memos_graph.verbs.declaring import On, Rest, verb
from memos_graph.verbs.fields import Arguments


class Repair(Arguments):
    """Whether only to look."""

    repair: Annotated[bool, Field(description="Put right what is not as it should be.")] = False


@verb(
    On.SPACE,
    rest=Rest(
        "POST", "/spaces/{owner}/{name}/vault/check", "Repair", problems=(403, 404, 503), repeatable=True, slow=True
    ),
)
def check_vault(space: MemoryApi, given: Repair) -> VaultReport:
    """Hold the payloads of KV-caches and adapters against what was written: what is missing, altered, or nobody's; and repair it."""
    return space.vault.check(repair=given.repair)


VERBS = (check_vault,)
