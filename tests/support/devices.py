"""Two devices for tests: how each stands, to be compared, and acts that a person does on either."""

from collections.abc import Callable, Iterator
from typing import Any

from memos_graph import Memory
from memos_graph.errors import ServiceError
from support.bundles import lines


def stands(memory: Memory) -> dict[str, Any]:
    """What a device holds, by the ids memories travel by: texts, state, terms; and which are gone."""
    found: dict[str, Any] = {}
    for record in lines(b"".join(memory.dump(content_only=True)), "memories"):
        texts = [each["text"] for each in record["versions"]]
        terms = {name: record.get(name) for name in ("tags", "priority", "half_life_days", "expires_at", "indexed")}
        state = {"generated": "activated"}.get(record["state"], record["state"])
        found[record["id"]] = (texts[-1], frozenset(texts), state, terms, record["origin_id"])
    return found


def gone(memory: Memory) -> set[str]:
    """The ids of what is gone."""
    return {each.id for each in memory.standing().items if each.gone}


class Cut:
    """A device whose line is cut after so many calls, each before or after it was done there."""

    def __init__(self, device: Any, after: int, *, answered: bool) -> None:
        self._device = device
        self._left = after
        self._answered = answered
        self.space = device.space

    def __getattr__(self, name: str) -> Callable[..., Any]:
        called = getattr(self._device, name)

        def asked(*args: Any, **kwargs: Any) -> Any:
            self._left -= 1
            if self._left >= 0:
                return called(*args, **kwargs)
            if self._answered:
                done = called(*args, **kwargs)
                if isinstance(done, Iterator):
                    next(done, None)
            raise ServiceError("The line was cut.")

        return asked
