"""New names that a reader's eye could take for others are refused, wherever names are given; those that are there stay usable."""

from collections.abc import Callable

import pytest

from memos_graph import InputError, Memory, MemOS
from memos_graph.governance import Action
from memos_graph.governance.names import why_alike

ALIKE = {
    "Cyrillic a": "\u0430lice",
    "Greek o": "b\u03bfb",
    "Cherokee A": "\u13aalice",
    "Armenian o": "b\u0585b",
    "full width": "\uff41lice",
    "a ligature": "\ufb01ona",
    "a superscript": "bob\u00b2",
    "a mathematical letter": "\U0001d41alice",
    "a filler that is not seen": "bob\u3164",
    "Cyrillic alone that reads as Latin": "\u0430\u0441\u0435",
    "dotless i": "al\u0131ce",
    "phonetic a": "\u0251lice",
    "digits of two scripts": "\u0663\u0967",
}
PLAIN = [
    "alice",
    "j\u00f6rg",
    "\u0410\u043d\u043d\u0430",
    "\u03bd\u03b9\u03ba\u03bf\u03c2",
    "\u7530\u4e2d",
    "tanaka\u7530\u4e2d",
    "i\u0161\u0131k",
    "\u0438\u0432\u0430\u043d@example.com",
]


@pytest.mark.parametrize("name", ALIKE.values(), ids=ALIKE)
def test_what_looks_like_another_name_is_told(name: str) -> None:
    assert why_alike(name)
    assert why_alike(f"clinic/{name}")


@pytest.mark.parametrize("name", PLAIN)
def test_names_of_one_script_are_not(name: str) -> None:
    assert why_alike(name) is None


ACTS: dict[str, Callable[[MemOS, Memory, str], object]] = {
    "grant": lambda memos, mine, name: mine.grant(name, [Action.READ]),
    "deny": lambda memos, mine, name: mine.permissions.deny(name, [Action.READ]),
    "own space": lambda memos, mine, name: memos.mount(f"{name}/notes", principal=name),
    "space": lambda memos, mine, name: memos.mount(f"{mine.principal}/{name}", principal=mine.principal),
    "role": lambda memos, mine, name: memos._services.roles.create(f"{mine.principal}/{name}", mine.principal),
    "member": lambda memos, mine, name: memos._services.roles.add(f"{mine.principal}/friends", mine.principal, name),
    "mandate": lambda memos, mine, name: memos._services.roles.delegate(mine.principal, name),
    "key": lambda memos, mine, name: memos._services.api_keys.create(name),
    "tenant": lambda memos, mine, name: memos._services.tenants.join(name, [mine.principal]),
    "joining": lambda memos, mine, name: memos._services.tenants.join("acme", [name]),
}


@pytest.mark.parametrize("act", ACTS)
def test_no_door_takes_one(memos: MemOS, space: Memory, act: str) -> None:
    memos._services.roles.create(f"{space.principal}/friends", space.principal)
    for name in ("\u0430lice", "\uff41lice"):
        with pytest.raises(InputError, match="can't be a new name"):
            ACTS[act](memos, space, name)


@pytest.mark.tampers
def test_names_that_are_there_stay_usable(memos: MemOS, space: Memory) -> None:
    old = "\u0430lice"
    memos.driver.execute_query("MERGE (p:Principal {id: $id}) SET p.kind = 'user', p.created_at = datetime()", id=old)
    space.grant(old, [Action.READ])
    assert memos.mount(space.space, principal=old).page() == []
    space.revoke(old)
    memos._services.api_keys.create(old)
