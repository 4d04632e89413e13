"""``memos prepare``: what a first start does once, done beforehand."""

import tempfile
from itertools import cycle
from pathlib import Path

import typer

from memos_graph.acting import Memory
from memos_graph.cli import options, output
from memos_graph.config import Settings
from memos_graph.formats import Message
from memos_graph.graph.engine import Engine
from memos_graph.host import smollm2
from memos_graph.memos import MemOS

# Nothing of what is in use: not its keys, nor its ports, nor a model that costs.
_APART: dict[str, object] = dict.fromkeys(("keys", "neo4j_uri", "engine_bolt_port", "engine_http_port", "llm_url"))
_WHO = "prepare"
_SAID = (
    ("Ada", "I moved to Lisbon in May and I work for Harbour Labs now."),
    ("Bo", "The key of the tool cabinet hangs in the office of the librarian."),
    ("Ada", "My sister Carla plays the cello; her concert is on Tuesday."),
    ("Bo", "We agreed with the customer on version 4.2 of the map."),
)
_ASKED = ("Where does Ada live?", "When is the concert?", "Where is the key of the cabinet?")
_ROUNDS = 12
_SEARCHES = 36  # of each round: what is compiled best now is quick from the first time on later


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(prepare)


def prepare(json: options.Json = False) -> None:
    """Download the server and make its starts quick, as the first start would: for images and installers.

    It runs a server in a folder of its own for a minute or two; memories are neither read nor written.

    With MEMOS_MODEL=smollm2 it converts that model, too.

    \b
    memos prepare
    """  # noqa: D301
    with tempfile.TemporaryDirectory(prefix="memos-prepare-") as folder:
        settings = Settings.load().model_copy(update=_APART | {"home": Path(folder) / "home"})
        if settings.model == smollm2.SMOLLM2:
            output.note(f"Making {smollm2.SMOLLM2} ready …")
            smollm2.prepared(settings.cache)
        with output.engine_progress() as progress:
            engine = Engine(settings, progress=progress)
            if engine.prepared():
                output.done({"prepared": True, "before": True}, "All was prepared already.", json=json)
                return
            memos = MemOS.open(settings, progress=progress, embeds=True)
        with memos:
            output.note("Learning what a start needs …")
            _use(memos.mount(f"{_WHO}/notes", principal=_WHO))
        if prepared := engine.prepared():
            said = "Prepared."
        else:
            said = "Downloaded, but Java wrote down nothing that makes starts quicker; `memos doctor` checks it."
        output.done({"prepared": prepared, "before": False}, said, json=json)


def _use(memory: Memory) -> None:
    """Do what is done most, until the server knows its way."""
    cube = ""
    for number in range(_ROUNDS):
        talk = [Message(id=f"{number}-{at}", speaker=who, text=text) for at, (who, text) in enumerate(_SAID)]
        cube = memory.add(talk, source=f"talk {number}").added[0]
        for again, question in zip(range(_SEARCHES), cycle(_ASKED)):
            memory.search(f"{question} {number}.{again}")
        memory.update(cube, text=f"I moved to Porto with {number} boxes.", reason="prepared")
        memory.history(cube)
        memory.lineage(cube)
        memory.log(cube=cube)
        memory.page(limit=20)
    memory.rollback(cube, to=1, reason="prepared")
    memory.kv.list()
    memory.lora.list()
    memory.audit.verify()
    memory.delete(cube)
