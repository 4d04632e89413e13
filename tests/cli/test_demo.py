"""`make demo` on the server of the test run, twice: it can be repeated."""

import getpass
import re

import pytest

from memos_graph import MemOS, Settings
from memos_graph.demo.run import main

pytestmark = pytest.mark.timeout(900)  # an adapter is distilled in each demo


@pytest.fixture(autouse=True)
def somebody(monkeypatch: pytest.MonkeyPatch, principal: str, home: Settings) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: principal)


def test_the_demo_remembers_asks_corrects_and_shows_the_way(capfd: pytest.CaptureFixture[str], memos: MemOS) -> None:
    main()
    first = capfd.readouterr().out
    steps = [
        "1. Remember",
        "2. Ask",
        "3. Correct",
        "Its history",
        "Its lineage",
        "Who did what",
        "4. The same memories inside a language model",
        "5. Browse",
        "Done in",
    ]
    places = [first.index(step) for step in steps]
    assert places == sorted(places)
    assert "We agreed with the customer on version 4.2" in first
    assert "the contract was changed" in first
    assert str(memos.endpoint.browser_url) in first
    assert len(re.findall(r"^MATCH path = ", first, re.MULTILINE)) >= 3
    assert "$" not in first[places[-2] :]
    assert memos.endpoint.password.get_secret_value() not in first
    assert "\x1b" not in first

    main()
    again = capfd.readouterr().out
    assert "the demo starts anew" in again
    assert re.search(r"conversation\.json +0 +65 ", again)
