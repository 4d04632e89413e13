"""Acts of test_leakage.py at the web console: each page held against the model as the answers of the memory API are."""

from hypothesis.stateful import rule
from starlette.testclient import TestClient

from support.console_visits import send, signed_in
from support.leakage_model import ID, SECRET, moment
from support.leakage_reads import Reads
from support.leakage_world import NOWHERE
from support.leakage_writes import DRAWS

# Logs, grants, plans and jobs name by id what somebody did something with, also once that has ended.
_PAGES = {"": False, "/memories": False, "/settle": False, "/log": True, "/permissions": True, "/policy": True}
_PAGES |= {"/forms": True, "/jobs": True, "/costs": True}


class Visitors(Reads):
    """People look, and see no more than they would be told over REST."""

    def _visitor(self, me: str) -> TestClient:
        name = f"console {me}"
        if name not in self.clients:
            self.clients[name] = signed_in(self.bench.app, self.memos, me)
        return self.clients[name]

    @rule(draw=DRAWS)
    def looks_at_a_memory(self, draw: int) -> None:
        """Who may read it sees its page; others see that of one that is not there."""
        chosen = self.begin("looks at a memory", draw)
        known, me, since = self.cube(chosen), chosen.choice(self.principals), moment()
        visitor = self._visitor(me)
        self.bench.acts += 2
        pages = [visitor.get(f"/console/memories/{cube}") for cube in (known.id, NOWHERE)]
        allowed = self.readable(me, known.id, since)
        assert allowed is None or (pages[0].status_code == 200) == allowed, f"{me} {known} {pages[0].text}"
        if pages[0].status_code == 200:
            self.check(me, pages[0].text, since, alone=True, ended=True)
            return
        self.bench.refused += 1
        told = [page.text.replace(known.id, NOWHERE).partition("Request")[0] for page in pages]
        assert told[0] == told[1], f"{me} {known}"
        assert not SECRET.search(told[0])

    @rule(draw=DRAWS)
    def looks_at_a_space(self, draw: int) -> None:
        """Who may read it sees its pages; others see those of one that is not there."""
        chosen = self.begin("looks at a space", draw)
        space, me = self.space(chosen), chosen.choice(self.principals)
        visitor, page, since = self._visitor(me), chosen.choice(list(_PAGES)), moment()
        self.bench.acts += 2
        found = visitor.get(f"/console/spaces/{space}{page}")
        held = self.held(me, space, since, alone=False)
        assert held is None or (found.status_code == 200) == ("read" in held), f"{me} {space}{page} {found.text}"
        if found.status_code == 200:
            self.check(me, found.text, since, ended=_PAGES[page])
            return
        self.bench.refused += 1
        missing = visitor.get(f"/console/spaces/nobody/nothing{page}")
        told = [each.text.replace(space, "nobody/nothing").partition("Request")[0] for each in (found, missing)]
        assert told[0] == told[1], f"{me} {space}{page}"
        assert not SECRET.search(told[0])
        assert not ID.search(told[0])

    @rule(draw=DRAWS)
    def asks_at_the_console(self, draw: int) -> None:
        """Searches and chats through every space, and through what was shared."""
        chosen = self.begin("asks at the console", draw)
        space, me = self.space(chosen), chosen.choice(self.principals)
        visitor, since = self._visitor(me), moment()
        self.bench.acts += 3
        question = chosen.choice(["Who keeps the lamp?", "What did Ilse say?"])
        for where in ("", "shared"):
            found = visitor.get("/console/search", params={"q": question, "space": where})
            self.check(me, found.text, since, alone=True)
        self.check(me, visitor.get("/console").text, since)
        said = send(visitor, f"/console/spaces/{space}/chat", question=question, form="quote")
        if said.status_code == 200:
            self.check(me, said.text, since)
        else:
            assert not SECRET.search(said.text)
