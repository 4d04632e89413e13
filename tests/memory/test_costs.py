"""The bill: what acts took stands in the graph, summed, and whoever may read the log of an act may read what it cost."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.raw_graph import value

from memos_graph import Memory, MemOS, NotFoundError
from memos_graph.audit.bill import Bill
from memos_graph.kit import meter
from memos_graph.kit.clock import now
from memos_graph.memory.costs import CostBy, CostLine

LINES = ("Dana lives in Lisbon.", "Dana works in Porto.", "Milo lives in Turin.")


def costs(space: Memory, *by: CostBy) -> dict[Any, CostLine]:
    """Return what acts took, by act and form, or by one thing."""
    found = space.costs.report(by=by or (CostBy.ACT, CostBy.FORM)).costs
    return {(each.act, each.form) if not by else getattr(each, by[0]): each for each in found}


@pytest.fixture
def talk(space: Memory) -> Memory:
    """A space with some lines of the phrasebook."""
    for line in LINES:
        space.add(line)
    return space


def test_every_act_takes_time_of_what_it_used(talk: Memory) -> None:
    talk.search("Which of the two lives by the sea?")  # asked nowhere else: what was asked lately is not embedded again
    found = costs(talk)
    added, searched = found["add", ""], found["search", ""]
    assert (added.acts, searched.acts) == (3, 1)
    for each in (added, searched):
        assert each.cpu_s > 0
        assert each.database_s > 0
        assert each.embedding_s > 0
        assert each.model_s == each.tokens_read == 0
    assert added.embedding_s + added.database_s < 30


def test_a_model_s_tokens_are_those_that_its_answers_tell_of(talk: Memory) -> None:
    plain = talk.chat("Where does Dana live?", form="plaintext")
    built = talk.kv.build()
    cached = talk.chat("Where does Dana live?", form="activation")
    found = costs(talk)
    of_text, of_cache, building = found["chat", "plaintext"], found["chat", "activation"], found["build", "activation"]
    assert (of_text.tokens_read, of_text.tokens_saved) == (plain.usage.prompt_tokens, 0)
    assert of_text.tokens_written == plain.usage.completion_tokens
    assert of_cache.tokens_saved == cached.usage.cached_tokens > 0
    assert of_cache.tokens_read == cached.usage.prompt_tokens - cached.usage.cached_tokens
    assert building.tokens_built == built.cube.tokens
    assert 0 < building.build_s == building.model_s
    assert of_text.model_s > of_text.build_s == of_text.gpu_s == 0
    assert costs(talk, CostBy.CUBE)[built.cube.id].acts == 2
    report = talk.costs.report()
    assert report.saving.tokens_plain == plain.usage.prompt_tokens + cached.usage.prompt_tokens
    assert report.saving.tokens_spent == report.saving.tokens_plain - cached.usage.cached_tokens + built.cube.tokens
    (kept,) = report.kept
    assert (kept.form, kept.payloads, kept.bytes) == ("activation", 1, built.cube.bytes)
    assert kept.byte_days > 0
    talk.kv.drop(built.cube.id)
    (kept,) = talk.costs.report().kept
    assert (kept.payloads, kept.bytes) == (0, 0)


def test_what_is_streamed_is_counted_also_where_nobody_hears_its_end(talk: Memory) -> None:
    pieces = talk.chat_stream("Where does Dana live?", form="plaintext")
    list(pieces)
    pieces = talk.chat_stream("Where does Dana live?", form="plaintext")
    next(pieces)
    pieces.close()
    found = costs(talk, CostBy.ACT)["chat"]
    assert found.acts == 2
    assert found.tokens_read > 0


def test_a_thousand_acts_are_one_sum(memos: MemOS, talk: Memory) -> None:
    for _ in range(30):
        talk.search("Lisbon")
        memos._services.audit.flush()
    assert costs(talk, CostBy.ACT)["search"].acts == 30
    counted = "MATCH (c:CostEntry {space: $s, act: 'search'}) RETURN count(c) AS n"
    assert value(memos, counted, s=talk.space) <= 2  # midnight may pass


def test_whoever_may_not_administer_sees_the_costs_of_its_own_acts_alone(
    memos: MemOS, talk: Memory, mount: Callable[..., Memory]
) -> None:
    talk.permissions.grant("reader", ["read"])
    theirs = memos.mount(talk.space, principal="reader")
    talk.search("Lisbon")
    theirs.search("Porto")
    theirs.search("Turin")
    assert {who: cost.acts for who, cost in costs(theirs, CostBy.PRINCIPAL).items()}.keys() == {"reader"}
    assert costs(theirs, CostBy.ACT)["search"].acts == 2
    assert set(costs(talk, CostBy.PRINCIPAL)) == {"reader", talk.principal}
    talk.permissions.revoke("reader")
    with pytest.raises(NotFoundError):
        theirs.costs.report()


def test_an_act_in_several_spaces_is_shared_between_them(talk: Memory, mount: Callable[..., Memory]) -> None:
    other = mount("others")
    other.add("Rosa keeps bees.")
    talk.search("Lisbon", spaces=[talk.space, other.space])
    assert [costs(each, CostBy.ACT)["search"].acts for each in (talk, other)] == [1, 1]


def test_what_is_outside_a_bill_s_days_is_not_on_it(talk: Memory) -> None:
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    for since, until in (
        (now(), now() - timedelta(days=2)),
        (now() - timedelta(days=9), now() - timedelta(days=5)),
        (None, first),
    ):
        before = talk.costs.report(since=since, until=until)
        assert before.costs == ()
        assert before.total.acts == 0
    assert talk.costs.report(since=first, until=last).total.acts >= 3


def test_what_could_not_be_written_is_written_with_what_comes_later() -> None:
    bill = Bill()
    act = meter.Metered("search")
    act.on["a/b", "ada"] = None
    act.on["a/c", "ada"] = None
    act.spent.cpu_s, act.spent.tokens_read = 1.0, 11
    bill.book(act)
    sums = bill.drain()
    assert bill.drain() == {}
    bill.book(act)
    bill.put_back(sums)
    found = {key[0]: (spent.cpu_s, spent.tokens_read, acts) for key, (spent, acts) in bill.drain().items()}
    assert found == {"a/b": (1.0, 12, 2), "a/c": (1.0, 12, 2)}


def test_what_is_timed_within_something_timed_counts_once() -> None:
    act = meter.Metered("add")
    started = time.perf_counter()
    with act.going(), meter.timed("database_s"):
        time.sleep(0.01)
        with meter.timed("embedding_s"), meter.timed("embedding_s"):
            time.sleep(0.02)
    assert act.spent.database_s >= 0.01
    assert act.spent.embedding_s >= 0.02
    assert act.spent.database_s + act.spent.embedding_s <= time.perf_counter() - started
