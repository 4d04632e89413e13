"""Parts that other packages bring: found by name, used as our own are, and said to be broken where they are."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from memos_graph.scheduler.tasks import Timetable
from memos_graph.seams import SEAMS

ROOT = Path(__file__).resolve().parent.parent
MODULE = """
import numpy as np

from memos_graph.formats.types import Message, Parsed
from memos_graph.ingest.extraction import Extraction
from memos_graph.language.sensitivity import Finding, FindingKind
from memos_graph.language import Span
from memos_graph.seams import Reader

def read(text, how):
    turns = tuple(Message(speaker=line.split("=")[0], text=line.split("=")[1]) for line in text.splitlines())
    return Parsed(source=how.source, kind="conversation", entries=turns, at=how.at)

PAIRS = Reader("pairs", read, media_types=("text/x-pairs",), suffixes=(".pairs",))

def codes(rules):
    def detect(text):
        at = text.find("Z-")
        return (*rules(text), *([Finding(FindingKind.IDENTITY_NUMBER, at, at + 5)] if at >= 0 else []))
    return detect

class Whole:
    def extract(self, texts):
        return [Extraction([Span(0, len(text))], []) for text in texts]

def whole(settings):
    return Whole()

class Lengths:
    dimensions = 3
    def encode(self, texts):
        return np.array([[len(text) % 2, 1 - len(text) % 2, 0] for text in texts], dtype=np.float32)

def lengths(precision):
    return Lengths()

class Nightly:
    name, every_minutes = "nightly", 60.0
    def run(self):
        print("kept")

def nightly(memos):
    return Nightly()
"""
ENTRIES = """
[memos_graph.readers]
pairs = brought:PAIRS
[memos_graph.detectors]
codes = brought:codes
[memos_graph.extractors]
whole = brought:whole
[memos_graph.embedders]
lengths = brought:lengths
[memos_graph.upkeep]
nightly = brought:nightly
"""


def package(folder: Path, entries: str = ENTRIES) -> None:
    (folder / "brought.py").write_text(MODULE)
    (folder / "brought-1.0.dist-info").mkdir()
    (folder / "brought-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: brought\nVersion: 1.0\n")
    (folder / "brought-1.0.dist-info" / "entry_points.txt").write_text(entries)


def run(folder: Path, program: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": path, "MEMOS_HOME": str(folder / "home")},
        capture_output=True,
        text=True,
        check=False,
    )


USES = """
from memos_graph.config import Settings
from memos_graph.embedding import Embedder
from memos_graph.formats import parse
from memos_graph.ingest.extraction import extractor
from memos_graph.language.sensitivity import detector
from memos_graph.seams import check

print(*check())
parsed = parse("Ann=I fish.\\nBo=I row.", name="talk.pairs")
print(*(f"{each.speaker}: {each.text}" for each in parsed.entries))
print(len(parse(b"Ann=I fish.\\n" * 9000, name="upload", media_type="text/x-pairs").entries))  # in a process of its own
print(*(each.kind for each in detector("codes")("Code Z-123, ann@example.org")))
found, = extractor(Settings.load(extractor="whole")).extract(["All of it"])
print(found.facts[0].end)
embedder = Embedder("lengths")
print(embedder.dimensions, embedder.encode(["a", "bb"]).tolist())
"""


def test_each_part_that_a_package_brings_is_used_as_our_own_are(tmp_path: Path) -> None:
    package(tmp_path)
    done = run(tmp_path, USES)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "pairs codes whole lengths nightly",
        "Ann: I fish. Bo: I row.",
        "9000",
        "e-mail identity number",
        "9",
        "3 [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]",
    ]


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        (
            "[memos_graph.readers]\npairs = gone:PAIRS\n",
            "'pairs' of the package brought (memos_graph.readers) can't be",
        ),
        (
            "[memos_graph.readers]\npairs = brought:codes\n",
            "'pairs' of the entry points memos_graph.readers is not a Reader",
        ),
        (
            "[memos_graph.upkeep]\nnightly = brought:daily\n",
            "'nightly' of the package brought (memos_graph.upkeep) can't be",
        ),
    ],
)
def test_what_is_broken_is_said_when_it_is_looked_at(tmp_path: Path, entries: str, said: str) -> None:
    package(tmp_path, entries)
    done = run(tmp_path, "from memos_graph.cli.program import main; main(['doctor'])")
    assert done.returncode == 1
    assert said in " ".join(done.stdout.replace("│", " ").split()), done.stdout + done.stderr


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (
            "from memos_graph.language.sensitivity import detector; detector('codes')",
            "MEMOS_SENSITIVITY is 'codes', and there is none",
        ),
        (
            "import memos_graph.ingest.extraction as m; m.extractor(m.Settings.load(extractor='spacy'))",
            "MEMOS_EXTRACTOR is 'spacy', and there is none of that name.",
        ),
    ],
)
def test_a_name_that_nothing_has_is_told_with_those_there_are(tmp_path: Path, program: str, said: str) -> None:
    done = run(tmp_path, program)
    assert done.returncode == 1
    assert said in done.stderr


def test_upkeep_of_others_runs_in_its_time_and_one_that_fails_keeps_no_other_from_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ran: list[str] = []

    class Task:
        every_minutes = 60.0

        def __init__(self, name: str) -> None:
            self.name = name

        def run(self) -> None:
            ran.append(self.name)
            if self.name == "broken":
                raise ValueError("no reason")

    kept = Timetable([Task("broken"), Task("sound")])
    assert kept.wait_s <= 0
    with caplog.at_level(logging.ERROR):
        kept.run()
        kept.run()
    assert ran == ["broken", "sound"]
    assert "the upkeep task 'broken' failed" in caplog.text
    assert 3500 < kept.wait_s <= 3600
    assert Timetable(()).wait_s == float("inf")


def test_every_seam_is_in_the_docs() -> None:
    page = (ROOT / "docs/extending.md").read_text(encoding="utf-8")
    for seam in SEAMS:
        assert f"`{seam.group}`" in page
        assert seam.setting is None or f"`{seam.setting}`" in page
