"""Tools that are no declared verb: searching, adding, and forgetting a subject, which asks first."""

from typing import Annotated

from mcp_types import ToolAnnotations
from pydantic import Field

from memos_graph.errors import InputError
from memos_graph.formats import Message
from memos_graph.kit.moments import UtcDatetime, ZonedDatetime
from memos_graph.lifecycle.erasure import Foreseen, Found
from memos_graph.lifecycle.receipts import Mentions
from memos_graph.mcp.calls import Caller, Calls
from memos_graph.mcp.describing import SpaceName
from memos_graph.memory.adding import AddReport
from memos_graph.types import Model
from memos_graph.verbs import erasure
from memos_graph.verbs.cubes import Content
from memos_graph.verbs.erasure import Name
from memos_graph.verbs.fields import Asked, Most, Only, Reason, Short, Tags
from memos_graph.verbs.shared import Answer

_SHOWN = 20

ADDS = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False)
FORGETS = ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False)


class Forgotten(Model):
    """What forgetting a subject would take, or took."""

    erased: bool = Field(description="Whether it was done; if not, this is a preview and nothing was changed.")
    space: str
    going: int = Field(description="Memories that would go, with what was derived from them alone; or that went.")
    kept: int = Field(description="Memories that name the subject and stay, as asked.")
    preview: tuple[Found, ...] = Field(default=(), description=f"Of a preview: what was found, at most {_SHOWN}.")
    receipt: str | None = Field(
        default=None, description="Id of the signed receipt, which `memos receipt show` prints whole."
    )
    complete: bool | None = Field(
        default=None, description="Whether nothing of the subject is left anywhere; if not, it is tried again."
    )
    next: str | None = Field(default=None, description="What to do next, if there is something.")


class ByHand:
    """The tools, as the SDK reads them: signatures are their schemas."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def search_memories(
        self,
        query: Annotated[Asked, Field(description="A question in natural language.")],
        space: SpaceName = None,
        limit: Most = 10,
        filters: Annotated[Only | None, Field(description="What to limit it to: times, speaker, source, tags.")] = None,
    ) -> Answer:
        """Find the memories that answer a question best, each with why, its path and its sources."""

        def act(caller: Caller) -> Answer:
            found = caller.space(space).search(query, limit=limit, filters=filters)
            return Answer(hits=found.hits, request_id=found.request_id, cached=found.cached, withheld=found.withheld)

        return self._calls.done("search_memories", act)

    def add_memory(
        self,
        text: Annotated[Content, Field(description="What to remember, in whole sentences that stand alone.")],
        space: SpaceName = None,
        speaker: Annotated[Short | None, Field(description="Who said it, where somebody did.")] = None,
        at: Annotated[
            ZonedDatetime | None,
            Field(description="When it was said, with the zone where it was said: `yesterday` in it goes by that day."),
        ] = None,
        source: Annotated[Short, Field(min_length=1, description="What it is part of.")] = "notes",
        tags: Annotated[Tags, Field(description="Labels for filters.")] = (),
        expires_at: Annotated[UtcDatetime | None, Field(description="When this memory ends.")] = None,
    ) -> AddReport:
        """Remember a text; facts in it are found by themselves. `added` has the new id, none where it was stored before."""
        said = text if speaker is None and at is None else [Message(text=text, speaker=speaker, at=at)]

        def act(caller: Caller) -> AddReport:
            return caller.writable(space).add(said, source=source, tags=tags, expires_at=expires_at)

        return self._calls.done("add_memory", act)

    def forget_subject(
        self,
        subject: Annotated[Name, Field(description="Name of the person or thing, whole words, in any case.")],
        other_names: Annotated[
            tuple[Name, ...], Field(max_length=19, description="Other names of the same person or thing.")
        ] = (),
        space: SpaceName = None,
        mentions: Annotated[
            Mentions, Field(description="What becomes of memories that merely name the subject.")
        ] = "erase",
        reason: Annotated[Reason, Field(description="Why, without the name; kept in the log.")] = None,
        confirm: Annotated[
            Name | None,
            Field(
                description="The subject's name again, once the person has seen the preview and agreed. None: a preview."
            ),
        ] = None,
    ) -> Forgotten:
        """Erase all that is about a subject or was said by them, in every form. Can't be undone; needs the right to administer.

        Call it without `confirm` first: that changes nothing and shows what would go. Show the person, and only when they
        agree call it again with `confirm` set to the name.
        """
        whom = {"subject": (subject, *other_names), "mentions": mentions}

        def act(caller: Caller) -> Forgotten:
            memory = caller.space(space)
            if confirm is None:
                return _foreseen(erasure.foresee.run(memory, erasure.Subject.model_validate(whom)), subject)
            if confirm != subject:
                raise InputError(
                    "Nothing was erased: `confirm` does not repeat the subject's name.",
                    hint=f"Show the person the preview; when they agree, set confirm to '{subject}'.",
                )
            receipt = erasure.forget.run(memory, erasure.Forget.model_validate({**whom, "reason": reason}))
            return Forgotten(
                erased=True,
                space=receipt.space,
                going=len(receipt.cubes),
                kept=len(receipt.kept),
                receipt=receipt.id,
                complete=receipt.complete,
            )

        return self._calls.done("forget_subject", act)


def _foreseen(foreseen: Foreseen, subject: str) -> Forgotten:
    going = sum(found.goes for found in foreseen.found)
    asks = f"Show the person what would go; when they agree, call again with confirm set to '{subject}'."
    return Forgotten(
        erased=False,
        space=foreseen.space,
        going=going,
        kept=len(foreseen.found) - going,
        preview=foreseen.found[:_SHOWN],
        next=asks if going else "Nothing is found under these names.",
    )
