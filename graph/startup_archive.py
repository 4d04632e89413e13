"""The JVM's AOT cache for the server: classes of an earlier run linked and ready to map, and which of its methods ran hot.

Loading, checking and warming some twenty thousand classes is most of what a start and the first queries cost. The JVM
(25 or later: JEP 483, 514, 515) writes the cache once, when the first server of a cache folder ends, which makes that one
start slower and end about 20 s later; ``memos prepare`` does it beforehand. It is only ever an optimisation: the JVM
ignores a cache that does not match. It would run one that was changed: so each start compares it with its checksum, some .15 s.
"""

import logging
import os
import tempfile
from pathlib import Path

from memos_graph.graph.java import version
from memos_graph.kit.digests import file_sha256, sha256
from memos_graph.kit.files import write_private

_log = logging.getLogger(__name__)
_NAME = "server.aot"
_PREFIX = "new-"


_SUM = "server.aot.sha256"


class StartupArchive:
    """The AOT cache that fits one command line: it depends on the JVM, its options and the class path.

    * ``cache`` folder shared by every home; ``options`` and ``class_path`` are the server's.
    """

    def __init__(self, cache: Path, options: list[str], class_path: list[Path]) -> None:
        text = "\n".join(["with a checksum", str(version()), *options, *map(str, class_path)])
        self._folder = cache / "classes" / sha256(text)[:16]
        self._file = self._folder / _NAME

    @property
    def written(self) -> bool:
        """Whether there is one that starts use."""
        return self._file.is_file() and (self._folder / _SUM).is_file()

    def start_options(self) -> tuple[list[str], Path | None]:
        """Return the JVM's options, and the file it will write at its end where there is no cache yet.

        What is not as it was written, or what others may write, is removed: the JVM would run what is in it.
        """
        if self.written and self._is_ours():
            return [f"-XX:AOTCache={self._file}"], None
        self._file.unlink(missing_ok=True)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._folder, prefix=_PREFIX, suffix=".aot") as name:
            written = Path(name.name)
        return [f"-XX:AOTCacheOutput={written}"], written

    def _is_ours(self) -> bool:
        files = (self._folder, self._file, self._folder / _SUM)
        if hasattr(os, "geteuid"):
            found = [path.stat() for path in files]
            if any(each.st_uid not in {0, os.geteuid()} or each.st_mode & 0o022 for each in found):
                return _told(self._file, "others than this user may write it")
        if (self._folder / _SUM).read_text(encoding="ascii", errors="replace").strip() == file_sha256(self._file):
            return True
        return _told(self._file, "it is not as it was written")


def _told(file: Path, why: str) -> bool:
    _log.warning("%s is not used and is made anew, which makes one start slower: %s.", file, why)
    return False


def keep(written: str) -> None:
    """Let later starts use the file a server wrote at its clean end, if it wrote one; what killed ones left goes."""
    path = Path(written)
    if written and path.is_file():
        path.chmod(0o600)
        (path.with_name(_SUM)).unlink(missing_ok=True)
        path.replace(path.with_name(_NAME))
        write_private(path.with_name(_SUM), file_sha256(path.with_name(_NAME)) + "\n")
        for left in path.parent.glob(f"{_PREFIX}*"):
            left.unlink(missing_ok=True)
