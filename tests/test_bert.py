"""BERT's straight function: bit for bit what transformers computes; other models are read by transformers itself."""

from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
from transformers import BertConfig, BertModel, DistilBertConfig, DistilBertModel

from memos_graph.bert import straight
from memos_graph.embedding import Embedder

TEXTS = [
    "Where did Ada go last summer?",
    "She went to the coast, to a house by the old mill, and stayed until the leaves fell.",
    "x",
]


@pytest.mark.parametrize("precision", ["float32", "int8"])
@pytest.mark.parametrize("texts", [TEXTS[:1], TEXTS], ids=["alone", "padded"])
def test_it_computes_what_transformers_computes(precision: Literal["float32", "int8"], texts: list[str]) -> None:
    model: Any = Embedder(precision=precision)._model
    tokens = model.tokenizer(texts, padding=True, return_tensors="pt")
    given = tokens["attention_mask"].bool()
    read = straight(model[0].auto_model)
    assert read is not None
    with torch.inference_mode():
        expected = model[0].auto_model(**tokens).last_hidden_state
        found = read(tokens["input_ids"], tokens["attention_mask"])
    assert torch.equal(found[given], expected[given])


def test_only_a_plain_encoder_is_taken() -> None:
    sizes: dict[str, Any] = {
        "hidden_size": 32,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 64,
    }
    assert straight(BertModel(BertConfig(**sizes)).eval()) is not None
    assert straight(BertModel(BertConfig(**sizes))) is None, "it drops at random while it is trained"
    assert straight(BertModel(BertConfig(**sizes, is_decoder=True)).eval()) is None
    assert straight(_distilbert()) is None


def test_another_architecture_embeds_as_sentence_transformers_does(tmp_path: Path) -> None:
    bundled: Any = Embedder()._model
    _distilbert().save_pretrained(tmp_path / "bare")
    bundled.tokenizer.save_pretrained(tmp_path / "bare")
    model = SentenceTransformer(modules=[Transformer(str(tmp_path / "bare")), Pooling(32, pooling_mode="mean")])
    model.save(str(tmp_path / "model"))
    found = Embedder(str(tmp_path / "model"), precision="float32").encode(TEXTS)
    assert np.allclose(found, model.encode(TEXTS, normalize_embeddings=True), atol=1e-5)


def _distilbert() -> DistilBertModel:
    return DistilBertModel(DistilBertConfig(dim=32, n_layers=1, n_heads=2, hidden_dim=64)).eval()
