"""``file:///…``: a folder of this machine, or one that is mounted here."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from memos_graph.errors import VaultError
from memos_graph.kit.files import replacing
from memos_graph.vault.stores.store import VaultObject, checked_name

_HALF_WRITTEN_S = 3600.0


class FolderStore:
    """Files of mode 0600 in folders of mode 0700."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.url = folder.absolute().as_uri()

    def put(self, name: str, content: bytes) -> None:
        """Keep an object; on the disk when this returns."""
        path = self._path(name)
        with self._told(f"'{name}' can't be written"):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with replacing(path) as file:
                file.write(content)

    def get(self, name: str) -> bytes | None:
        """Return an object."""
        with self._told(f"'{name}' can't be read"):
            try:
                return self._path(name).read_bytes()
            except FileNotFoundError:
                return None

    def delete(self, name: str) -> None:
        """Remove an object, and the folders that are empty then."""
        path = self._path(name)
        with self._told(f"'{name}' can't be deleted"):
            path.unlink(missing_ok=True)
            for parent in path.parents:
                if parent == self._folder or not parent.is_dir() or any(parent.iterdir()):
                    return
                try:
                    parent.rmdir()
                except OSError:  # somebody has written to it just now
                    return

    def names(self, prefix: str) -> Iterator[VaultObject]:
        """Yield the objects, and what a writer that was killed left half: nobody accounts for that."""
        root = self._folder / checked_name(prefix)
        now = time.time()
        with self._told("it can't be listed"):
            for path in sorted(root.rglob("*")):
                try:
                    found = path.stat()
                except FileNotFoundError:
                    continue
                if path.is_file() and not (path.name.startswith(".") and now - found.st_mtime < _HALF_WRITTEN_S):
                    yield VaultObject(path.relative_to(self._folder).as_posix(), found.st_size)

    def _path(self, name: str) -> Path:
        return self._folder / checked_name(name)

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise VaultError(
                f"The vault {self.url} failed: {what}: {error.strerror or error}.",
                hint="See that the folder is there, this user's, and has room; the same act again goes on.",
            ) from error
