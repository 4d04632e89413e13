"""A folder that can't be used is named by every command, with what to do, and never as a fault of the program."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
import typer

from memos_graph import ConfigurationError, EngineStartError, MemOS, Settings
from memos_graph.cli.program import app, main

# They look, and say that nothing runs; or need no folder at all.
_LOOK = {
    "status",
    "doctor",
    "policy explain",
    "policy template",
    "pipeline check",
    "mark verify",
    "receipt verify",
    "browse",
    "stop",
    "keys list",
    "mip keygen",
}
# What a command must be given beyond what every one of its kind is.
_ALSO = {"chat": ["x"], "audit confirm": ["--all"]}
_NAMES = {"keys renew": "signing-key.pem", "jobs submit": "sweep"}
_ENDLESS = {"host"}
_FILES = {
    "pipeline run": "pipeline: p\nsteps:\n  - {id: s, act: search, arguments: {question: x}}\n",
    "policy apply": "policy: 1\nname: p\n",
}


def _commands(group: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", command


def _given(command: Any, file: Path) -> list[str]:
    """Return what a command must be given, each of its kind."""
    given: list[str] = []
    for parameter in command.params:
        if not parameter.required:
            continue
        value, kind = "x", parameter.type_descriptor.annotation
        if isinstance(kind, type) and issubclass(kind, Enum):
            value = str(next(iter(kind)).value)
        elif kind is Path:
            value = str(file)
        elif kind is int:
            value = "1"
        given += [value] if parameter.param_type_name == "argument" else [parameter.opts[0], value]
    return given


COMMANDS = dict(_commands(typer.main.get_command(app)))


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_home_that_can_not_be_made(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """No user at all may make a folder inside a file."""
    if name in _ENDLESS:
        pytest.skip("it runs until it is interrupted")
    file = tmp_path / "file.yaml"
    file.write_text(_FILES.get(name, "x"))
    monkeypatch.delenv("NEO4J_URI", raising=False)
    for setting in ("MEMOS_HOME", "MEMOS_CACHE", "MEMOS_KEYS"):
        monkeypatch.setenv(setting, str(file / setting.lower()))
    arguments = [*name.split(), *[_NAMES.get(name, each) for each in _given(COMMANDS[name], file)]]
    arguments += _ALSO.get(name, [])
    if any("--yes" in parameter.opts for parameter in COMMANDS[name].params):
        arguments.append("--yes")
    signals = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    with Path(os.devnull).open(encoding="utf-8") as nothing:
        monkeypatch.setattr("sys.stdin", nothing)
        with pytest.raises(SystemExit) as ended:
            main(arguments)
    assert {each: signal.getsignal(each) for each in signals} == signals, "what is started later would ignore them"
    told = capfd.readouterr().err
    assert "fault of memos" not in told, told
    assert "Traceback" not in told
    if name not in _LOOK:
        assert ended.value.code == 1, (arguments, told)
        assert "can't be" in told or "MEMOS_" in told, told


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "home"
    folder.mkdir()
    folder.chmod(0o555)
    yield folder
    folder.chmod(0o755)


def _run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    # Whoever is root may write anywhere, unless it lacks the right to override.
    plain = (
        ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-all"]
        if os.geteuid() == 0
        else []
    )
    if plain and shutil.which("setpriv") is None:
        pytest.skip("root can't be kept from writing here")
    return subprocess.run(
        [*plain, sys.executable, "-m", "memos_graph.cli", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("command", ["stop", "prepare", "search x"])
def test_a_read_only_home(read_only: Path, command: str) -> None:
    done = _run(*command.split(), MEMOS_HOME=str(read_only), MEMOS_CACHE=str(read_only / "cache"))
    assert done.returncode == 1
    assert str(read_only) in done.stderr
    assert "Permission denied" in done.stderr
    assert "MEMOS_HOME" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_doctor_names_it(read_only: Path) -> None:
    done = _run("doctor", "--json", MEMOS_HOME=str(read_only))
    assert done.returncode == 1
    assert f"{read_only} can't be written to" in done.stdout


def test_a_program_is_told(tmp_path: Path, settings: Settings) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    with pytest.raises(EngineStartError, match="MEMOS_HOME"):
        MemOS.open(settings.model_copy(update={"home": file / "home"}))
    with pytest.raises(ConfigurationError, match="MEMOS_KEYS"):
        MemOS.open(settings.model_copy(update={"keys": file / "keys"}))
