"""How KV-caches and adapters look."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.text import Text

from memos_graph.cli import output
from memos_graph.cli.shown.looking import Call, CallLook, Form, Look
from memos_graph.forms.materialize import Activation, PayloadCube
from memos_graph.host.protocol import AdapterInfo, Dropped, Evaluation
from memos_graph.memory.payloads import Written
from memos_graph.vault.payloads import Waiting


def _built(done: Activation) -> None:
    what = "built" if done.built else "there already"
    output.note(
        f"{done.cube.title}: {what}; {done.cube.sources} memories, {done.cube.tokens} tokens "
        f"({done.reused_tokens} shared with an earlier cache), {(done.cube.bytes or 0) >> 10} KiB, {done.seconds:.2f} s"
    )
    output.show(Text(done.cube.id))


def _list(found: Sequence[PayloadCube]) -> None:
    made = output.table("Of, and its cube", "State", "Holds", "Made", holds="Of, and its cube")
    for each in found:
        tokens = f"{each.tokens} tokens, " if each.tokens else ""
        state = f"{each.state}, {'in service' if each.usable else 'out of service'}"
        size = f"{each.sources} memories, {tokens}{(each.bytes or 0) >> 10} KiB"
        made.add_row(output.identified(each.title, each.id), state, size, output.worded(each.created_at))
    output.show(made)


def _written(written: Written) -> None:
    made = output.table("Memory", "What it said", ids=("Memory",))
    for each, text in zip(written.cubes, written.statements, strict=False):
        made.add_row(each, Text(output.plain(text)))
    output.show(made)
    if written.asked:
        output.note(f"{len(written.statements)} statements of {written.asked} questions.")


def _loaded(info: AdapterInfo, call: Call) -> None:
    output.note(f"Loaded {call.given.cube}: rank {info.rank}, {info.payload_bytes >> 10} KiB.")


def _unloaded(dropped: Dropped, call: Call) -> None:
    output.note(f"Unloaded {call.given.cube}." if dropped.count else f"{call.given.cube} was not loaded.")


def _unloaded_form(dropped: Dropped, call: Call) -> Mapping[str, Any]:
    return {"cube": call.given.cube, "unloaded": bool(dropped.count)}


def _gone(waiting: Waiting | None, call: Call) -> None:
    said = f"Erased {call.given.cube}."
    if waiting is not None:
        said = f"{call.given.cube} is out of service, but not gone everywhere yet; it is tried again. {waiting.problem}"
    output.note(said)


def _gone_form(waiting: Waiting | None, call: Call) -> Mapping[str, Any]:
    return {"cube": call.given.cube, "erased": waiting is None, "waiting": waiting}


def measured(found: Evaluation) -> object:
    """Return what was measured of an adapter, to be shown."""
    return output.facts(
        {
            "Facts taught": found.facts,
            "Exact without text": f"{found.closed_book:.0%} (without the adapter {found.closed_book_base:.0%})",
            "Exact from other text": f"{found.in_context:.0%} (without the adapter {found.in_context_base:.0%})",
            "Drift": f"{found.drift:.4f} nats a token on unrelated prompts",
            "Accepted": "yes" if found.accepted else "no",
        }
    )


LOOKS: Mapping[Any, Look] = {
    Activation: _built,
    Sequence[PayloadCube]: _list,
    PayloadCube: lambda found: _list([found]),
    Written: _written,
    Evaluation: lambda found: output.show(measured(found)),
}
CALL_LOOKS: Mapping[Any, CallLook] = {AdapterInfo: _loaded, Dropped: _unloaded, Waiting | None: _gone}
FORMS: Mapping[Any, Form] = {Dropped: _unloaded_form, Waiting | None: _gone_form}
