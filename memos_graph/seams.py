"""Where other packages can bring a part of their own, each in a line, with the protocol it has to keep.

A package names its part under one of these entry points in its ``pyproject.toml``::

    [project.entry-points."memos_graph.readers"]
    org-mode = "org_reader:READER"

Readers and upkeep are in use once they are installed; of the others a setting chooses one by name. What can't be loaded, or
is not what it should be, is said when ``memos up`` starts, by ``memos doctor``, and at its first use. What is installed runs with all rights of the process that loads it.
"""

from dataclasses import dataclass

from memos_graph.embedding import embedder
from memos_graph.embedding.reader import TokenReader, WholeReader
from memos_graph.formats import readers
from memos_graph.formats.readers import Reader, SourceOptions
from memos_graph.ingest import extraction
from memos_graph.ingest.extraction import Extractor
from memos_graph.kit import plugins
from memos_graph.language.sensitivity import Detector
from memos_graph.language.sensitivity.detect import GROUP as DETECTORS
from memos_graph.scheduler import strategies, tasks
from memos_graph.scheduler.strategies import Strategy
from memos_graph.scheduler.tasks import UpkeepTask

__all__ = [
    "SEAMS",
    "Detector",
    "Extractor",
    "Reader",
    "Seam",
    "SourceOptions",
    "Strategy",
    "TokenReader",
    "UpkeepTask",
    "WholeReader",
]


@dataclass(frozen=True)
class Seam:
    """One place where a part can be put in.

    * ``group`` of entry points; ``brings`` what one of them is; ``setting`` that chooses one by name, ``None``: all are used.
    """

    group: str
    brings: str
    setting: str | None
    what: str

    @property
    def installed(self) -> tuple[str, ...]:
        """The names that installed packages bring."""
        return plugins.names(self.group)


SEAMS = (
    Seam(readers.GROUP, "a Reader", None, "reads a format: bytes or text to messages or passages"),
    Seam(DETECTORS, "(Detector) -> Detector", "MEMOS_SENSITIVITY", "finds what is sensitive in a text"),
    Seam(extraction.GROUP, "(Settings) -> Extractor", "MEMOS_EXTRACTOR", "finds facts and concepts in texts"),
    Seam(embedder.GROUP, "(precision) -> TokenReader | WholeReader", "MEMOS_EMBEDDER", "turns texts into vectors"),
    Seam(tasks.GROUP, "(MemOS) -> UpkeepTask", None, "is done every so often while `memos up` runs"),
    Seam(
        strategies.GROUP,
        "a Strategy",
        "MEMOS_SCHEDULER_STRATEGY",
        "gives groups of memories a score: which get a payload",
    ),
)


def check() -> tuple[str, ...]:
    """Load whatever other packages bring; returns the names. Raises ``ConfigurationError`` for the first that can't be used."""
    readers.readers()
    for seam in SEAMS:
        plugins.every(seam.group)
    return tuple(name for seam in SEAMS for name in seam.installed)
