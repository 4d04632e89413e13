"""Prometheus metrics: counts and times only; no name of a space, a principal or a memory."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

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
