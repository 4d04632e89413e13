"""Memory inside a language model: one question answered from text, from a KV-cache and from an adapter, then corrected."""

from concurrent.futures import Executor
from pathlib import Path

from rich.table import Table
from rich.text import Text

from memos_graph.acting import Memory
from memos_graph.cli import output
from memos_graph.forms.chat import ChatAnswer, Form
from memos_graph.forms.distillation import Distillation
from memos_graph.host.protocol import Recipe
from memos_graph.search.selection import Selection
from memos_graph.types import MemCube

_ASKED = "In which city does Dana live?"
_NOT_TOLD = "What does Ravi like to eat?"
_TAUGHT = "Dana"
_SAID, _CORRECTED = "I moved to Lisbon.", "I moved to Porto."
_WHY = "Dana changed her mind"
# Enough for what one person said of herself; the default goes on for longer.
_FEW_STEPS = Recipe(steps=50)
_GLANCE_S = 0.2


class Teaching:
    """An adapter being taught what one person said, in a process of the model host's, while the demo goes on."""

    def __init__(self, memory: Memory, file: Path, beside: Executor) -> None:
        """Remember the file, put back and drop what an earlier demo corrected and built, and begin."""
        if not memory.add_file(file).added:  # an earlier demo was here
            _put_back(memory)
        whole = memory.page(level="whole", limit=200)
        self.taught = tuple(cube.id for cube in whole if cube.descriptive.speaker == _TAUGHT)
        self._state = (0, 1, "the model host starts")
        self._done = beside.submit(self._distil, memory)
        output.show(Text(f"Meanwhile an adapter is taught what {_TAUGHT} said in {file.name}: step 4."))

    def wait(self) -> Distillation:
        """Wait for its end; raises what it raised."""
        with output.progress_bar() as bar:
            task = None if bar is None else bar.add_task("Distilling an adapter", total=None, state="")
            while not self._done.done():
                if bar is not None and task is not None:
                    step, steps, state = self._state
                    bar.update(task, completed=step, total=steps, state=state)
                try:
                    self._done.result(_GLANCE_S)
                except TimeoutError:
                    continue
        return self._done.result()

    def _distil(self, memory: Memory) -> Distillation:
        return memory.lora.distill(Selection(cubes=self.taught), recipe=_FEW_STEPS, progress=self._tell)

    def _tell(self, step: int, steps: int, loss: float) -> None:
        self._state = (step, steps, f"step {step}, loss {loss:.2f}")


def in_three_forms(memory: Memory, teaching: Teaching) -> None:
    """Ask one question in each form, correct what it rests on, and show that no form gives the old answer any more."""
    made = output.table("Form", "Answer", "Prompt", "Cached", "First token", right=("Prompt", "Cached", "First token"))
    plain = memory.chat(_ASKED, form=Form.PLAINTEXT)
    _row(made, plain)
    cache = memory.kv.build()
    _row(made, memory.chat(_ASKED, form=Form.ACTIVATION))
    not_told = memory.chat(_NOT_TOLD)
    taught = _taught(teaching)
    if taught:
        _row(made, memory.chat(_ASKED, form=Form.PARAMETRIC))
    output.show(Text.assemble("\n", (_ASKED, "bold"), f"  (model {plain.model})"))
    output.show(made)
    output.show(Text.assemble(("\n" + _NOT_TOLD, "bold"), f"  {not_told.text}"))
    _correct(memory)
    standing = {each.id: each for each in (*memory.kv.list(), *memory.lora.list())}
    changed = [
        (name, standing[id_]) for name, id_ in (("KV-cache", cache.cube.id), ("Adapter", taught)) if id_ in standing
    ]
    for name, each in changed:
        service = "in service" if each.usable else "out of service, payload erased"
        output.show(Text(f"  {name} {each.id}: {each.state}, {service}"))
    output.show(Text.assemble(("\n" + _ASKED, "bold"), f"  {memory.chat(_ASKED).text}"))


def _put_back(memory: Memory) -> None:
    said = _told(memory)
    if said.text != _SAID:
        memory.rollback(said.id, to=1, reason="the demo starts anew")
    for cache in memory.kv.list():
        memory.kv.drop(cache.id)
    for adapter in memory.lora.list():
        memory.lora.drop(adapter.id)


def _told(memory: Memory) -> MemCube:
    """Return the message that says where Dana lives."""
    hits = memory.search(_ASKED, limit=20).hits
    return next(hit.cube for hit in hits if hit.cube.text in {_SAID, _CORRECTED})


def _taught(teaching: Teaching) -> str | None:
    """Wait for the adapter and say what it holds; returns its cube when it was accepted."""
    done = teaching.wait()
    found = done.evaluation
    output.show(
        Text(
            f"\nTaught {found.facts} facts to an adapter: {found.closed_book:.0%} right without text in phrasings not trained "
            f"on (without the adapter {found.closed_book_base:.0%}), {found.in_context:.0%} right from other text (without "
            f"{found.in_context_base:.0%}); {'in service' if done.accepted else 'not accepted'}."
        )
    )
    return done.cube.id if done.accepted else None


def _correct(memory: Memory) -> None:
    memory.update(_told(memory).id, text=_CORRECTED, reason=_WHY)
    output.show(Text(f"\nCorrected: {_CORRECTED!r} instead of {_SAID!r} ({_WHY})"))


def _row(made: Table, answer: ChatAnswer) -> None:
    usage = answer.usage
    figures = (str(usage.prompt_tokens), str(usage.cached_tokens), f"{usage.first_token_ms:.1f} ms")
    made.add_row(answer.form, Text(output.plain(answer.text), style="bold"), *figures)
