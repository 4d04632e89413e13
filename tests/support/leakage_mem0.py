"""Acts of test_leakage.py by a client of mem0: what it is told of memories by id, and of those of others by their ids there."""

import json

from hypothesis.stateful import rule

from support.leakage_model import moment
from support.leakage_reads import Reads
from support.leakage_world import NOWHERE
from support.leakage_writes import DRAWS

AT = "/compat/mem0"


class Mem0(Reads):
    """A key of mem0's client is that of its principal, and no other's."""

    @rule(draw=DRAWS)
    def by_mem0(self, draw: int) -> None:
        chosen, known, me, _ = self._one("by mem0", draw)
        if me in self.model.mandates:
            return
        client, since = self.client(me), moment()
        self.bench.acts += 4
        where = chosen.choice(["", "history/"])
        answers = [client.get(f"{AT}/v1/memories/{cube}/{where}") for cube in (known.id, NOWHERE)]
        allowed = self.readable(me, known.id, since)
        assert allowed is None or (answers[0].status_code == 200) == allowed, f"{me} {known} {answers[0].text}"
        if answers[0].status_code == 200:
            self.check(me, answers[0].text, since, alone=True, ended=bool(where))
        else:
            told = [{**json.loads(each.text.replace(NOWHERE, known.id)), "request_id": ""} for each in answers]
            assert told[0] == told[1], f"{me} {known} {told}"
        body = {"query": "Who keeps the lamp?", "filters": {"user_id": "ada"}}
        self.check(me, client.post(f"{AT}/v3/memories/search/", json=body).text, since)
        self.check(me, client.get(f"{AT}/v1/entities/").text, since)
