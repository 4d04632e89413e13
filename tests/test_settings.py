"""A misspelt variable is told of, with what was probably meant; others' variables are left alone."""

import os
import subprocess
import sys

import pytest

PROGRAM = "from memos_graph import Settings; Settings.load(); Settings.load(); print('went on')"


def told(**variables: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=_environment(variables), capture_output=True, text=True, check=True
    )
    assert done.stdout == "went on\n"
    return done.stderr


def _environment(variables: dict[str, str]) -> dict[str, str]:

    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(("MEMOS_", "NEO4J_"))}
    return kept | variables


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("MEMOS_HOM", "MEMOS_HOME"),
        ("MEMOS_AUDIT_READ", "MEMOS_AUDIT_READS"),
        ("MEMOS_APIPORT", "MEMOS_API_PORT"),
        ("memos_embeder", "MEMOS_EMBEDDER"),
        ("MEMOS_MAX_UPLOADS_MB", "MEMOS_MAX_UPLOAD_MB"),
        ("NEO4J_USERNAME", "NEO4J_USER"),
        ("NEO4J_PASWORD", "NEO4J_PASSWORD"),
    ],
)
def test_a_misspelt_setting_is_told_with_the_one_that_was_meant(written: str, meant: str) -> None:
    assert told(**{written: "x"}) == f"{written} is not a setting and is ignored: did you mean {meant}?\n"


def test_one_like_no_other_is_told_too() -> None:
    assert told(MEMOS_COLOUR="green") == "MEMOS_COLOUR is not a setting and is ignored: docs/settings.md lists them.\n"


def test_nothing_is_said_of_settings_and_of_what_is_others() -> None:
    assert (
        told(
            MEMOS_KEY="memos_1",
            MEMOS_AUDIT_READS="sync",
            memos_api_port="0",
            MEMOS_NEO4J_USER="neo4j",
            NEO4J_DATABASE="neo4j",
            NEO4J_AUTH="none",
            NEO4J_HOME="/opt",
        )
        == ""
    )
