"""Runs `memos` in this process, on the home of the test run."""

import pytest
from support.cli_runner import Outcome, Run

from memos_graph import MemOS, Settings
from memos_graph.cli.program import main


@pytest.fixture
def home(settings: Settings, memos: MemOS, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Point the environment at the server of the test run."""
    for name in ("NEO4J_URI", "MEMOS_NEO4J_URI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MEMOS_HOME", str(settings.home))
    monkeypatch.setenv("MEMOS_API_PORT", "0")
    monkeypatch.setenv("MEMOS_KV_REUSE", "always")
    monkeypatch.setenv("MEMOS_HOST_THREADS", "1")  # another value would ask for another model host
    # Each command would load the model again: those of one test run share the one that is loaded.
    monkeypatch.setattr("memos_graph.memos.Embedder", lambda name, precision: memos._services.embedder)
    return settings


@pytest.fixture
def memos_cli(home: Settings, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run one command; its exit code, standard output and standard error."""

    def run(*arguments: str) -> Outcome:
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        captured = capfd.readouterr()
        return Outcome(int(ended.value.code or 0), captured.out, captured.err)

    return run


@pytest.fixture
def mine(memos_cli: Run, principal: str) -> Run:
    """Run one command as the test's own principal."""
    return lambda *arguments: memos_cli(*arguments, "--as", principal)
