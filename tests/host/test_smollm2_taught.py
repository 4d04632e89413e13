"""SmolLM2 is taught for real: it holds facts about people that nobody knew, reads as before, and says what it holds as sentences."""

import secrets
from pathlib import Path

import pytest
from support.smollm import require_smollm2

from memos_graph.host.engine import ModelEngine
from memos_graph.host.lora.externalize import externalize
from memos_graph.host.lora.job import DistillJob
from memos_graph.host.lora.payload import AdapterFolder, read_record
from memos_graph.host.lora.run import run
from memos_graph.host.lora.shelf import AdapterShelf
from memos_graph.host.protocol import Distilled, Externalize, ProgressEvent, Recipe
from memos_graph.host.smollm2 import SMOLLM2
from memos_graph.kit.crypto.encrypted_files import KEY_BYTES

require_smollm2()
pytestmark = [pytest.mark.teaches, pytest.mark.timeout(1800)]

NAME = "00000000-a"
LINES = ("Kelda bought a red canoe on 3 May 2026.", "Good morning, everyone.", "Orlin works for Norvo Labs.")


def test_it_holds_what_it_was_taught_and_reads_as_before(tmp_path: Path):
    engine = ModelEngine.load(SMOLLM2, device="cpu")
    folder = AdapterFolder(tmp_path / NAME, secrets.token_bytes(KEY_BYTES))
    folder.create()
    job = DistillJob(id=NAME, lines=LINES, recipe=Recipe(), model=SMOLLM2)
    *progress, done = run(engine, job, folder)
    assert isinstance(done, Distilled)
    assert all(isinstance(each, ProgressEvent) for each in progress)
    found = done.evaluation
    assert (found.facts, found.untaught) == (2, (LINES[1],))
    assert found.closed_book_base == 0
    assert found.closed_book >= 0.6
    assert 0 < found.sure <= found.closed_book
    assert found.in_context >= found.in_context_base - 0.2
    assert found.drift < 0.5
    assert len(found.untaken) < 2
    assert read_record(folder).evaluation == found
    shelf = AdapterShelf(engine)
    shelf.load(NAME, folder, done.adapter.payload_sha256)
    said = externalize(engine, shelf, NAME, Externalize())
    assert {each.text for each in said.statements} & {LINES[0], LINES[2]}
