"""The store against LangGraph's own in memory: the same operations give the same items."""

from collections.abc import Callable
from typing import Any, ClassVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from langgraph.store.base import GetOp, Item, ListNamespacesOp, MatchCondition, Op, PutOp, SearchOp
from langgraph.store.memory import InMemoryStore

from memos_graph import Memory
from memos_graph.langgraph import MemosStore

NAMESPACES = st.sampled_from(
    [("users", "ada"), ("users", "bob"), ("users", "ada", "notes"), ("us",), ("a/b", "50%"), ("é",)]
)
PREFIXES = st.sampled_from([(), ("users",), ("users", "ada"), ("us",), ("nobody",), ("a/b",)])
KEYS = st.sampled_from(["prefs", "a.b/c", "%2F", "ключ"])
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20)
)
TEXTS = st.sampled_from(['likes "tea"\nand \\cake\\', "hates [noise]", "lives\tin Porto\x00", "call +351 912 345 678"])
VALUES = st.dictionaries(
    st.sampled_from(["kind", "age", "text", "inner"]) | st.text(max_size=5),
    st.recursive(
        SCALARS | TEXTS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=6,
    ),
    max_size=4,
) | st.fixed_dictionaries({"kind": st.sampled_from(["note", "task"]), "age": st.integers(0, 5), "text": TEXTS})
NUMBERS = st.integers(0, 5) | st.floats(0, 5)
FILTERS = st.none() | st.sampled_from(
    [{"kind": "note"}, {"kind": {"$ne": "task"}}, {"inner": {"a": 1}}, {"kind": {"$eq": "task"}}]
)
INDEXES = st.sampled_from([None, False, ["text"], ["inner.a", "kind"]])


def put() -> st.SearchStrategy[PutOp]:
    return st.tuples(NAMESPACES, KEYS, st.none() | VALUES, INDEXES).map(lambda given: PutOp(*given))


def condition() -> st.SearchStrategy[MatchCondition]:
    return st.builds(
        MatchCondition,
        st.sampled_from(["prefix", "suffix"]),
        st.sampled_from([("users",), ("*", "ada"), ("notes",), ("us", "*")]),
    )


OPS = (
    put()
    | st.tuples(NAMESPACES, KEYS).map(lambda given: GetOp(*given))
    | st.tuples(PREFIXES, FILTERS).map(lambda given: SearchOp(*given, limit=50))
    | st.builds(
        ListNamespacesOp,
        st.none() | st.lists(condition(), max_size=2).map(tuple),
        max_depth=st.none() | st.integers(1, 3),
        limit=st.integers(1, 5),
        offset=st.integers(0, 2),
    )
)


def told(result: Any) -> Any:
    """What is the same of a result in both: an order of items neither promises, and times are each one's own."""
    if isinstance(result, Item):
        return (result.namespace, result.key, repr(result.value))
    if isinstance(result, list) and result and isinstance(result[0], Item):
        return sorted(map(told, result))
    return result


class Stores(RuleBasedStateMachine):
    """Both stores, told the same. ``fresh`` makes ours."""

    fresh: ClassVar[Callable[[], MemosStore]]

    @initialize()
    def begin(self) -> None:
        self.ours = type(self).fresh()
        self.theirs = InMemoryStore()

    @rule(ops=st.lists(OPS, min_size=1, max_size=6))
    def both(self, ops: list[Op]) -> None:
        self.same(ops)

    @rule(ops=st.lists(put(), min_size=1, max_size=4))
    def write(self, ops: list[Op]) -> None:
        self.same(ops)
        self.same([SearchOp((), limit=100)])

    @rule(prefix=PREFIXES, operator=st.sampled_from(["$gt", "$gte", "$lt", "$lte", "$ne", "$eq"]), bound=NUMBERS)
    def compare(self, prefix: tuple[str, ...], operator: str, bound: float) -> None:
        # What can't be compared makes theirs raise.
        every = self.theirs.search((), limit=1000)
        if all(type(item.value.get("age")) in {int, float} for item in every):
            self.same([SearchOp(prefix, {"age": {operator: bound}}, limit=50)])

    @rule(prefix=PREFIXES, query=st.sampled_from(["tea", "Where is the noise?", "Porto"]), wanted=FILTERS)
    def ask(self, prefix: tuple[str, ...], query: str, wanted: dict[str, Any] | None) -> None:
        self.same([SearchOp(prefix, wanted, limit=50, query=query)])

    @rule(prefix=PREFIXES, wanted=FILTERS)
    def page(self, prefix: tuple[str, ...], wanted: dict[str, Any] | None) -> None:
        whole = self.ours.search(prefix, filter=wanted, limit=50)
        parts = [each for at in (0, 2, 4) for each in self.ours.search(prefix, filter=wanted, limit=2, offset=at)]
        assert parts == whole[:6]

    def same(self, ops: list[Op]) -> None:
        mine = self.ours.batch(ops)
        theirs = [None if isinstance(op, PutOp) else self.theirs_alone(op) for op in ops]
        self.theirs.batch([op for op in ops if isinstance(op, PutOp)])
        assert [told(each) for each in mine] == [told(each) for each in theirs]

    def theirs_alone(self, op: Op) -> Any:
        # Theirs also lists namespaces that were only looked into, or that hold nothing any more.
        for empty in [each for each, items in self.theirs._data.items() if not items]:
            del self.theirs._data[empty]
        return self.theirs.batch([op])[0]


def test_it_does_what_the_store_in_memory_does(mount: Callable[..., Memory]) -> None:
    numbers = iter(range(10_000))
    run_state_machine_as_test(
        type("Told", (Stores,), {"fresh": staticmethod(lambda: MemosStore(mount(f"store{next(numbers)}")))}),
        settings=settings(
            max_examples=10,
            stateful_step_count=8,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],  # against a server, shrinking takes minutes
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
