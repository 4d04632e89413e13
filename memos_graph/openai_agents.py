"""The session of OpenAI's Agents SDK over a space: each item of a conversation is a document, and so a memory under its rights and in its log.

The SDK asks for a protocol, not for a base class, so nothing of it is imported here.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any, TypeVar

from memos_graph.acting import Memory
from memos_graph.kit.ids import new_id
from memos_graph.lifecycle.documents import DocumentWrite
from memos_graph.memcube.documents import DocumentPlace
from memos_graph.memory.documents import Document

T = TypeVar("T")
_IN_ORDER = attrgetter("created_at", "key")


class MemosSession:
    """One conversation, kept as documents of a mounted space; items come back exactly as they were added, calls of tools too.

    ::

        session = MemosSession("ticket-7", memos.mount("ada/desk", principal="ada"))
        await Runner.run(agent, "Where were we?", session=session)

    * ``session_id`` which conversation. ``namespace`` under which all conversations are.
    * ``session_settings`` of the SDK, or a mapping: its ``limit`` is how many items are taken where nothing else is said.
    * Raises what ``space.documents`` raises, such as ``ForbiddenError``, ``PolicyError``, and ``InputError`` for an item that is no object of JSON.
    """

    def __init__(
        self,
        session_id: str,
        space: Memory,
        *,
        namespace: Sequence[str] = ("sessions",),
        session_settings: Any = None,
    ) -> None:
        self.session_id = session_id
        self.session_settings = session_settings
        self._documents = space.documents
        self._namespace = (*namespace, session_id)

    async def get_items(self, limit: int | None = None) -> list[Any]:
        """Return the latest ``limit`` items, oldest first; none given: those the settings say, or all. A negative one is none."""
        wanted = self._limit() if limit is None else limit
        items = await asyncio.to_thread(self._latest, None if wanted is None or wanted < 0 else wanted)
        return [each.value for each in items]

    async def add_items(self, items: list[Any]) -> None:
        """Add items at the end: all of them, in one transaction, or none."""
        moment = new_id()
        places = [DocumentPlace(self._namespace, f"{moment}-{number:06}") for number in range(len(items))]
        if items:
            writes = [DocumentWrite(place, item) for place, item in zip(places, items, strict=True)]
            await asyncio.to_thread(self._documents.write, writes)

    async def pop_item(self) -> Any:
        """Erase the last item, in every version, and return it; ``None`` where there is none."""
        return await self._alone(lambda: self._erased(self._latest(1)))

    async def clear_session(self) -> None:
        """Erase every item, in one transaction."""
        await self._alone(lambda: self._erased(self._latest(None)))

    async def _alone(self, work: Callable[[], T]) -> T:
        """Do reads and writes while nobody else writes in the space: two who pop at once get two items."""
        return await asyncio.to_thread(self._documents.together, work)

    def _erased(self, items: Sequence[Document]) -> Any:
        if not items:
            return None
        self._documents.write([DocumentWrite(DocumentPlace(each.namespace, each.key), None) for each in items])
        return items[-1].value

    def _latest(self, limit: int | None) -> list[Document]:
        """Return the latest items in order. They are read from the last changed on, no further than an older one can be among them."""
        found: list[Document] = []
        for each in self._documents.every(self._namespace):
            if limit is not None and len(found) >= limit:
                found.sort(key=_IN_ORDER)
                if limit == 0 or found[-limit].created_at > each.updated_at:
                    break
            if each.namespace == self._namespace:
                found.append(each)
        found.sort(key=_IN_ORDER)
        return found if limit is None else found[max(0, len(found) - limit) :]

    def _limit(self) -> int | None:
        settings = self.session_settings
        found: int | None = settings.get("limit") if isinstance(settings, Mapping) else getattr(settings, "limit", None)
        return found
