"""The embedder: unit vectors, the same whatever the batch, and parts seen in the context of the whole."""

import os
import threading
from typing import Literal

import numpy as np
import pytest

from memos_graph import MemOS
from memos_graph.embedding import Embedder, packed
from memos_graph.errors import ModelError

TEXTS = ["The cat sleeps on the sofa.", "A kitten naps on the couch.", "Interest rates rose in March.", "x", ""]


@pytest.fixture
def embedder(memos: MemOS) -> Embedder:
    return memos._services.embedder


def test_vectors_are_of_length_one_and_of_the_declared_width(embedder: Embedder) -> None:
    found = embedder.encode(TEXTS)
    assert found.shape == (len(TEXTS), embedder.dimensions) == (5, 384)
    assert found.dtype == np.float32
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-4)
    assert embedder.encode([]).shape == (0, 384)


def test_what_means_the_same_is_nearer_than_what_does_not(embedder: Embedder) -> None:
    cat, kitten, rates = embedder.encode(TEXTS[:3])
    assert cat @ kitten > 0.5 > cat @ rates


@pytest.mark.parametrize(("precision", "least"), [("float32", 0.998), ("int8", 0.97)])
def test_a_vector_hardly_depends_on_the_others_of_its_batch(
    precision: Literal["float32", "int8"], least: float
) -> None:
    embedder = Embedder(precision=precision)
    long = " ".join(["The river runs past the old mill and the chapel."] * 20)
    together = embedder.encode([*TEXTS, long, *TEXTS])
    alone = np.stack([embedder.encode([text])[0] for text in [*TEXTS, long, *TEXTS]])
    assert (together * alone).sum(axis=1).min() > least
    assert np.allclose(embedder.encode_query(TEXTS[0]), alone[0], atol=0.08)


def test_eight_bits_change_a_vector_a_little_and_no_neighbour() -> None:
    whole, rounded = Embedder(precision="float32").encode(TEXTS[:4]), Embedder(precision="int8").encode(TEXTS[:4])
    assert 0.97 < (whole * rounded).sum(axis=1).min() < 0.9999
    assert (np.argsort(whole @ whole.T, axis=1)[:2, -2] == np.argsort(rounded @ rounded.T, axis=1)[:2, -2]).all()


def test_a_question_is_remembered(embedder: Embedder) -> None:
    assert embedder.encode_query("Where is the cat?") is embedder.encode_query("Where is the cat?")


def test_parts_are_seen_in_the_context_of_the_whole(embedder: Embedder) -> None:
    text = "Berlin is the capital of Germany. The city has many lakes."
    spans = [(0, 33), (34, len(text))]
    (whole,), (parts,) = embedder.encode_parts([text], [spans])
    assert parts.shape == (2, 384)
    assert np.allclose(np.linalg.norm(parts, axis=1), 1, atol=1e-4)
    berlin, alone = embedder.encode(["Berlin", text[34:]])
    assert parts[1] @ berlin > alone @ berlin
    assert whole @ parts[0] > 0.5


def test_a_part_behind_what_the_model_reads_at_once_is_read_in_a_window_of_its_own(embedder: Embedder) -> None:
    needle = "The spare key hangs behind the beehive."
    text = f"{'The committee painted the old wooden bench again. ' * 60}{needle}{' Nobody came to the meeting.' * 60}"
    start = text.index(needle)
    (whole,), (parts,) = embedder.encode_parts([text], [[(start, start + len(needle)), (0, 49)]])
    key, bench = embedder.encode([needle, "The committee painted the old wooden bench again."])
    assert parts[0] @ key > 0.6 > whole @ key
    assert parts[1] @ bench > 0.6 > parts[1] @ key


def test_the_vector_of_a_long_text_is_that_of_its_beginning(embedder: Embedder) -> None:
    text = "word " * 2000
    (whole,), (parts,) = embedder.encode_parts([text], [[(9000, 9004), (5, 5)]])
    assert np.allclose(whole, embedder.encode([text])[0], atol=1e-5)
    assert np.allclose(parts[1], whole, atol=1e-5)  # a part of nothing is the whole


def test_a_packed_vector_keeps_every_number(embedder: Embedder) -> None:
    vector = embedder.encode_query("Where is the cat?")
    assert np.array_equal(np.asarray(packed(vector).to_native(), np.float32), vector)


def test_a_model_that_is_not_there_is_named(tmp_path: object) -> None:
    with pytest.raises(ModelError, match="could not be loaded"):
        Embedder(f"{tmp_path}/no-model").encode(["x"])


def test_one_core_embeds_while_a_load_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    embedder, done = Embedder(), []

    def work() -> None:
        embedder.hold()
        embedder.load_ahead()  # which waits, in its thread, until this one has embedded
        done.append(embedder.encode([f"The ferry {i} leaves at noon." for i in range(400)]).shape)
        embedder.resume()

    working = threading.Thread(target=work, daemon=True)
    working.start()
    working.join(120)
    assert done == [(400, 384)]
