"""Mutated examples of every format: read or refused with an error of the tree, within the limits, and the process goes on.

The suite draws the same ones each time, so that it fails for who broke something. ``make soak`` does it for an hour, or for
``MEMOS_FUZZ_SECONDS``, with others each time; it prints its seed, and ``MEMOS_FUZZ_SEED`` draws the same again.
What goes wrong is written to a file, whose name the failure tells.
"""

import io
import os
import random
import re
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from support.linear import PUMPS

from memos_graph.errors import FormatError
from memos_graph.formats import Limits, parse

_ROOT = Path(__file__).parents[2]
_SECONDS = float(os.environ.get("MEMOS_FUZZ_SECONDS", "5"))
_LIMITS = Limits(seconds=2.0, memory_mb=200)
_SLACK_S, _MOST_OWN_MB = 2.5, 300  # short plain texts are read here, and two seconds may go to dates of rare spellings
_FENCED = re.compile(r"^```\w+ (?P<name>[\w.-]+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def _examples() -> dict[str, bytes]:
    """Every example of docs/formats.md and of the folder of examples, and those in a zip file, by name."""
    found = {each["name"]: each["text"].encode() for each in _FENCED.finditer((_ROOT / "docs/formats.md").read_text())}
    for path in (_ROOT / "examples").iterdir():
        if path.suffix in {".json", ".txt", ".md", ".pdf"}:
            found[path.name] = path.read_bytes()
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in found.items():
            made.writestr(name, data)
    return {**found, "all.zip": held.getvalue()}


EXAMPLES = _examples()


def _flipped(data: bytearray, chosen: random.Random) -> None:
    for _ in range(chosen.randint(1, 20)):
        data[chosen.randrange(len(data))] = chosen.randrange(256)


def _cut(data: bytearray, chosen: random.Random) -> None:
    del data[chosen.randrange(len(data)) :]


def _gap(data: bytearray, chosen: random.Random) -> None:
    start = chosen.randrange(len(data))
    del data[start : start + chosen.randint(1, 200)]


def _again(data: bytearray, chosen: random.Random) -> None:
    start = chosen.randrange(len(data))
    piece = bytes(data[start : start + chosen.randint(1, 100)])
    data[start:start] = piece * min(chosen.choice((2, 50, 2_000)), 200_000 // max(len(piece), 1))


def _pumped(data: bytearray, chosen: random.Random) -> None:
    start = chosen.randrange(len(data))
    data[start:start] = chosen.choice(PUMPS).encode() * chosen.choice((10, 1_000, 50_000))


def _crossed(data: bytearray, chosen: random.Random) -> None:
    other = chosen.choice(list(EXAMPLES.values()))
    start = chosen.randrange(len(data))
    data[start:] = other[chosen.randrange(len(other)) :]


def _number(data: bytearray, chosen: random.Random) -> None:
    places = [found.span() for found in re.finditer(rb"\d+", bytes(data))]
    if places:
        start, end = chosen.choice(places)
        data[start:end] = chosen.choice((b"0", b"-1", b"99999999999999999999", b"1e999", b"NaN", b"2147483648"))


MUTATIONS: tuple[Callable[[bytearray, random.Random], None], ...] = (
    _flipped, _cut, _gap, _again, _pumped, _crossed, _number,
)  # fmt: skip


def _mutated(chosen: random.Random) -> tuple[str, bytes]:
    name, whole = chosen.choice(list(EXAMPLES.items()))
    data = bytearray(whole)
    for _ in range(chosen.randint(1, 4)):
        if data:
            chosen.choice(MUTATIONS)(data, chosen)
    if chosen.random() < 0.1:
        name = chosen.choice(list(EXAMPLES))
    return name, bytes(data)


def _drawn() -> int:
    return random.SystemRandom().randrange(1 << 32)


@pytest.mark.timeout(_SECONDS + 120)
def test_whatever_is_sent_is_read_or_refused(capsys: pytest.CaptureFixture[str]) -> None:
    seed = int(os.environ.get("MEMOS_FUZZ_SEED", _drawn() if "MEMOS_FUZZ_SECONDS" in os.environ else 1))
    chosen, own, ends, files = random.Random(seed), psutil.Process(), time.monotonic() + _SECONDS, 0
    before = own.memory_info().rss
    while time.monotonic() < ends:
        name, data = _mutated(chosen)
        files += 1
        began, wrong = time.process_time(), None
        try:
            parse(data, name=name, limits=_LIMITS)
        except FormatError as error:
            if "the reader failed on it" in error.message and "too deeply" not in error.message:
                wrong = error.message
        except Exception as error:  # noqa: BLE001 - that is what is looked for
            wrong = repr(error)
        if (spent := time.process_time() - began) > _SLACK_S:
            wrong = f"{spent:.1f} s in the process that asked"
        if wrong is not None:
            kept = Path(tempfile.mkdtemp()) / name
            kept.write_bytes(data)
            pytest.fail(f"seed {seed}, file {files}, kept as {kept}: {wrong}")
    with capsys.disabled():
        sys.stdout.write(f"\n{files} files, seed {seed}\n")
    assert own.memory_info().rss - before < _MOST_OWN_MB << 20
