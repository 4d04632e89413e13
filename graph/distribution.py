"""The managed server's jars: which ones, their checksums, and how they reach the cache.

``jars.sha256`` beside this file lists every jar of the class path as ``<sha256>  <path in a Maven repository>``, so a
first start downloads exactly those files, without resolving anything. After a change of ``COORDINATES``::

    python -m memos_graph.graph.distribution --pin

resolves them anew (about 80 s, 190 MB) and rewrites the list; review its diff before committing it.
"""

import argparse
import errno
import logging
import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache as remember
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from memos_graph.config import Settings
from memos_graph.errors import DownloadError
from memos_graph.kit.digests import file_sha256
from memos_graph.kit.extras import needing

if TYPE_CHECKING:
    from jgo.maven import Artifact, MavenContext

VERSION = "2026.08.1"
COORDINATES = (
    f"org.neo4j:neo4j:{VERSION}",
    f"org.neo4j.app:neo4j-server:{VERSION}",
    "org.neo4j.client:neo4j-browser:5.24.0",
)

Progress = Callable[[str, int, int | None], None]
"""``(what, done, total)`` in bytes or steps; ``total`` is ``None`` where it is not known."""

_PINS = Path(__file__).with_name("jars.sha256")
_DOWNLOADS_AT_ONCE = 8
_ATTEMPTS = 3
_TIMEOUT_S = 60
_REPORT_BYTES = 1 << 20


@dataclass(frozen=True)
class Jar:
    """One file of the class path: where it lies in a Maven repository, and what it must contain."""

    path: PurePosixPath
    sha256: str

    def artifact(self, context: "MavenContext") -> "Artifact":
        """Name this jar to the resolver: its path is group/artifact/version/artifact-version[-classifier].jar."""
        *group, name, version, file = self.path.parts
        classifier = file.removesuffix(".jar").removeprefix(f"{name}-{version}").removeprefix("-")
        return context.project(".".join(group), name).at_version(version).artifact(classifier=classifier)


@dataclass(frozen=True)
class Pins:
    """The committed list: jars in class path order, and their size together in bytes."""

    jars: tuple[Jar, ...]
    total_bytes: int


@remember
def pins() -> Pins:
    """Read ``jars.sha256``."""
    jars: list[Jar] = []
    total = 0
    for line in _PINS.read_text(encoding="utf-8").splitlines():
        if line.startswith("# bytes: "):
            total = int(line.removeprefix("# bytes: "))
        elif line and not line.startswith("#"):
            digest, _, path = line.partition("  ")
            jars.append(Jar(PurePosixPath(path), digest))
    return Pins(tuple(jars), total)


def repository(cache: Path) -> Path:
    """Folder of the jars inside the cache, laid out as a Maven repository."""
    return cache / "maven"


def missing(cache: Path) -> list[Jar]:
    """Jars of the list that are not in the cache; contents are not looked at."""
    return [jar for jar in pins().jars if not (repository(cache) / jar.path).is_file()]


def damaged(cache: Path) -> list[Jar]:
    """Jars in the cache whose content is not what the list says (reads 190 MB, about half a second)."""
    here = [jar for jar in pins().jars if (repository(cache) / jar.path).is_file()]
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        digests = pool.map(lambda jar: file_sha256(repository(cache) / jar.path), here)
        return [jar for jar, digest in zip(here, digests, strict=True) if digest != jar.sha256]


def class_path(cache: Path, progress: Progress | None = None) -> list[Path]:
    """Return every jar of the server, verified; downloads those not in ``cache`` (once, 190 MB).

    Raises ``DownloadError`` without a network, without disk space, or when a file is not the one that was pinned; such a
    file is removed.
    """
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    with FileLock(cache / "jars.lock"):
        if spoilt := damaged(cache):
            for jar in spoilt:
                (repository(cache) / jar.path).unlink()
            names = ", ".join(jar.path.name for jar in spoilt[:3])
            raise DownloadError(
                f"{len(spoilt)} server jar(s) in {cache} failed the checksum and were removed: {names}.",
                hint="Start again to fetch them anew; if it happens again, somebody is changing that folder.",
            )
        if absent := missing(cache):
            _download(absent, cache, progress)
    return [repository(cache) / jar.path for jar in pins().jars]


def _download(jars: list[Jar], cache: Path, progress: Progress | None) -> None:
    # The resolver writes in place, so a download that is cut short would leave half a jar under its final name:
    # it gets a folder of its own, and only a verified file moves on.
    with tempfile.TemporaryDirectory(dir=cache, prefix="download-") as staging:
        whole = len(jars) == len(pins().jars)
        meter = _Meter(progress, pins().total_bytes if whole else None)
        context = _maven(Path(staging), meter.file)
        pool = ThreadPoolExecutor(_DOWNLOADS_AT_ONCE)
        try:
            for done in [pool.submit(_fetch, jar, context, cache) for jar in jars]:
                done.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _maven(folder: Path, progress: Callable[..., Any] | None = None) -> "MavenContext":
    """Return what resolves and downloads into ``folder``; its library is imported by who downloads, once in a machine's life."""
    with needing("managed", "The managed Neo4j server"):
        from jgo.maven import MavenContext, PythonResolver  # noqa: PLC0415

    return MavenContext(PythonResolver(progress_callback=progress), repo_cache=folder, timeout=_TIMEOUT_S)


def _fetch(jar: Jar, context: "MavenContext", cache: Path) -> None:
    fetched = _fetch_patiently(jar, context)
    if file_sha256(fetched) != jar.sha256:
        raise DownloadError(
            f"The server jar {jar.path.name} was downloaded with another content than the pinned one; it was dropped.",
            hint="Try again; behind a proxy, check that it does not rewrite downloads.",
        )
    target = repository(cache) / jar.path
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fetched.replace(target)


def _fetch_patiently(jar: Jar, context: "MavenContext", *, attempts: int = _ATTEMPTS) -> Path:
    artifact = jar.artifact(context)
    try:
        return artifact.resolve()
    except (OSError, RuntimeError) as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise DownloadError(
                f"The disk filled up while the server jar {jar.path.name} was downloaded.",
                hint=f"The jars need {pins().total_bytes >> 20} MiB; MEMOS_CACHE names another folder for them.",
            ) from error
        if attempts == 1:
            raise DownloadError(
                f"The server jar {jar.path.name} could not be downloaded ({type(error).__name__}).",
                hint="The first start needs the network once: check the connection or proxy and try again. "
                "What has arrived is kept.",
            ) from error
    if artifact.cached_path is not None:
        artifact.cached_path.unlink(missing_ok=True)
    return _fetch_patiently(jar, context, attempts=attempts - 1)


class _Meter:
    """Adds up the bytes of parallel downloads, and reports them about once a mebibyte."""

    def __init__(self, progress: Progress | None, total: int | None) -> None:
        self._progress = progress
        self._total = total
        self._done = 0
        self._reported = 0
        self._lock = threading.Lock()

    @contextmanager
    def file(self, name: str, size: int) -> Iterator[Callable[[int], None]]:  # noqa: ARG002 - the resolver's signature
        yield self._add
        self._report(step=1)

    def _add(self, count: int) -> None:
        with self._lock:
            self._done += count
        self._report(step=_REPORT_BYTES)

    def _report(self, step: int) -> None:
        with self._lock:
            if self._progress and self._done - self._reported >= step:
                self._reported = self._done
                self._progress("Downloading Neo4j", self._done, self._total)


def pin(cache: Path) -> int:
    """Resolve ``COORDINATES`` with their dependencies, download the jars and rewrite ``jars.sha256``; returns how many."""
    context = _maven(repository(cache))
    inputs, transitive = context.resolver.resolve([context.create_dependency(name) for name in COORDINATES])
    with ThreadPoolExecutor(_DOWNLOADS_AT_ONCE) as pool:
        files = list(pool.map(lambda dependency: dependency.artifact.resolve(), [*inputs, *transitive]))
    lines = [f"{file_sha256(file)}  {file.relative_to(repository(cache)).as_posix()}" for file in files]
    header = [
        f"# Neo4j {VERSION} Community and its dependencies, in class path order.",
        "# Written by: python -m memos_graph.graph.distribution --pin",
        f"# bytes: {sum(file.stat().st_size for file in files)}",
    ]
    _PINS.write_text("\n".join([*header, *lines]) + "\n", encoding="utf-8")
    return len(lines)


def main() -> None:
    """Command line of this module; see the module's text."""
    parser = argparse.ArgumentParser(description="The jars of the managed Neo4j server.")
    parser.add_argument("--pin", action="store_true", required=True, help="resolve the jars and rewrite jars.sha256")
    parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger(__name__).info("%d jars pinned in %s", pin(Settings.load().cache), _PINS)


if __name__ == "__main__":
    main()
