"""Prometheus metrics: counts and times only; no name of a space, a principal or a memory."""

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from memos_graph.audit.log import Unwritten
from memos_graph.jobs.standing import ERASES, JobsStanding

_REQUEST_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_STATEMENT_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)


class Metrics:
    """The counters of one process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "memos_requests", "Requests answered.", ("method", "route", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "memos_request_seconds",
            "Time to answer a request, seconds.",
            ("method", "route"),
            buckets=_REQUEST_BUCKETS,
            registry=self.registry,
        )
        self.refused = Counter(
            "memos_requests_over_limit", "Requests refused since their principal had too many.", registry=self.registry
        )
        self.searches = Counter("memos_searches", "Searches answered.", registry=self.registry)
        self.added = Counter("memos_messages_added", "Messages and passages stored.", registry=self.registry)
        self.rollbacks = Gauge(
            "memos_rollbacks", "Times a log was found cut off or put back to an older state.", registry=self.registry
        )
        self.withheld = Gauge(
            "memos_withheld",
            "How often a memory that was changed outside memos-graph was held back from an answer, since the start.",
            registry=self.registry,
        )
        self.altered_rights = Gauge(
            "memos_altered_rights",
            "Parts of what governs spaces that the last upkeep found changed outside memos-graph.",
            registry=self.registry,
        )
        self._statements = Histogram(
            "memos_statement_seconds",
            "Time of a database statement or transaction, round trip included, seconds.",
            ("statement",),
            buckets=_STATEMENT_BUCKETS,
            registry=self.registry,
        )

        self._jobs = Gauge("memos_jobs", "Jobs in the database.", ("kind", "state"), registry=self.registry)
        self._job_waits = Gauge(
            "memos_job_waiting_seconds",
            "Since when the oldest job of a kind that may be begun waits, seconds.",
            ("kind",),
            registry=self.registry,
        )
        self._erasures = Gauge(
            "memos_erasures_waiting",
            "Payloads and places that erased memories still have to be taken from.",
            registry=self.registry,
        )
        self._erasure_waits = Gauge(
            "memos_erasure_pending_seconds", "Since when the oldest of these waits, seconds.", registry=self.registry
        )
        self._unwritten = Gauge(
            "memos_log_unwritten", "Events of this process that are not in the log yet.", registry=self.registry
        )
        self._log_lag = Gauge(
            "memos_log_lag_seconds", "Since when the oldest of these waits, seconds.", registry=self.registry
        )
        self._tools = Histogram(
            "memos_mcp_seconds",
            "Time of a call of a tool of MCP, without its transport, seconds.",
            ("tool",),
            buckets=_REQUEST_BUCKETS,
            registry=self.registry,
        )

    def standing(self, jobs: Sequence[JobsStanding], unwritten: Unwritten) -> None:
        """Take over what waits: of jobs in the whole database, and of this process's events."""
        self._jobs.clear()
        self._job_waits.clear()
        waits: dict[str, float] = {}
        for each in jobs:
            self._jobs.labels(each.kind, each.state).set(each.jobs)
            waits[each.kind] = max(waits.get(each.kind, 0.0), each.waits_s)
        for kind, seconds in waits.items():
            self._job_waits.labels(kind).set(seconds)
        erasing = [each for each in jobs if each.kind in ERASES and each.state == "waiting"]
        self._erasures.set(sum(each.jobs for each in erasing))
        self._erasure_waits.set(max((each.waits_s for each in erasing), default=0.0))
        self._unwritten.set(unwritten.events)
        self._log_lag.set(unwritten.waits_s)

    def tool(self, name: str, seconds: float) -> None:
        """Count a call of a tool of MCP."""
        self._tools.labels(name).observe(seconds)

    def statement(self, name: str, seconds: float) -> None:
        """Count a database statement; given to ``MemOS.open(observe=…)``."""
        self._statements.labels(name.partition(".<locals>")[0]).observe(seconds)

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request; ``route`` is its template, so that ids make no series of their own."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def text(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self.registry)
