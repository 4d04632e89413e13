"""Private files: nobody else may read them, and nobody ever sees half of one."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from memos_graph.errors import ConfigurationError, InputError
from memos_graph.kit.files import read_secret, replacing, write_once, write_private


def test_a_file_is_its_owners_alone_and_replaces_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, "né")
    assert path.read_text(encoding="utf-8") == "né"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_what_goes_wrong_midway_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    write_private(path, "old")

    def half() -> None:
        with replacing(path) as file:
            file.write(b"half")
            raise TimeoutError

    with pytest.raises(TimeoutError):
        half()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_of_many_first_writers_one_wins_and_all_of_its_file_is_there(tmp_path: Path) -> None:
    path, contents = tmp_path / "key", [bytes([number]) * 4096 for number in range(32)]
    with ThreadPoolExecutor(8) as writers:
        list(writers.map(lambda content: write_once(path, content), contents))
    assert path.read_bytes() in contents
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_secret_that_is_handed_over_is_read_where_it_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "phone.key"
    write_private(path, "né\n")
    assert read_secret(path, "The key file") == "né\n"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644])
def test_a_secret_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "phone.key"
    write_private(path, "hush")
    path.chmod(mode)
    with pytest.raises(ConfigurationError, match=r"The key file .*phone\.key may be read by others") as refused:
        read_secret(path, "The key file")
    assert refused.value.hint == f"`chmod 600 {path}`; if they may have read it, renew the key."
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"x" * 70_000])
def test_what_is_no_secret_is_told(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "phone.key"
    if content is not None:
        write_private(path, content)
    with pytest.raises(InputError, match=r"The key file .*phone\.key can't be read"):
        read_secret(path, "The key file")
