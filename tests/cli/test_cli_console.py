"""``memos console``: a link that signs somebody in."""

import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from memos_graph.cli.__main__ import main
from memos_graph.console.sign_ins import SignIns


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMOS_HOME", str(tmp_path))
    monkeypatch.setenv("MEMOS_API_PORT", "1")


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[str, str, int]:
    with pytest.raises(SystemExit) as ended:
        main(["console", *arguments])
    out, err = capsys.readouterr()
    return out, err, int(str(ended.value.code))


def test_it_prints_a_link_that_signs_in_once(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out, err, code = told(capsys, "--as", "alice")
    assert code == 0
    link = urlsplit(out.strip())
    assert (link.scheme, link.netloc, link.path) == ("http", "127.0.0.1:1", "/console/sign-in")
    assert SignIns(tmp_path).redeem(parse_qs(link.query)["code"][0]) == "alice"
    assert "5 minutes" in err
    assert "memos up" in err  # nothing answers there


def test_as_json(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMOS_API_HOST", "::")
    out, _, _ = told(capsys, "--as", "alice", "--json")
    found = json.loads(out)
    assert found["principal"] == "alice"
    assert found["link"].startswith("http://[::1]:1/console/sign-in?code=")


def test_a_port_that_nobody_knows_is_told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMOS_API_PORT", "0")
    _, err, code = told(capsys, "--as", "alice")
    assert code == 1
    assert "MEMOS_API_PORT" in err


def test_a_mandate_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    _, err, code = told(capsys, "--as", "claude>alice")
    assert code == 1
    assert "principal" in err
