"""What memory costs: the bill of one space, and what its KV-caches spared."""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from pydantic import Field

from memos_graph.audit.events import node_of
from memos_graph.governance import Action
from memos_graph.graph.rows import Row
from memos_graph.kit.clock import now
from memos_graph.memory.refusing import recording
from memos_graph.services import Services
from memos_graph.types import MemoryType, Model


class CostBy(StrEnum):
    """What a bill is summed by."""

    DAY = "day"
    PRINCIPAL = "principal"
    ACT = "act"
    FORM = "form"
    CUBE = "cube"


class CostLine(Model):
    """What some acts took together."""

    day: str | None = Field(default=None, description="The day, in UTC.")
    principal: str | None = None
    act: str | None = Field(default=None, description="The act, by the name of its verb or job.")
    form: str | None = Field(default=None, description="Form in which memory served, or that was made; empty: neither.")
    cube: str | None = Field(default=None, description="KV-cache or adapter that served or was made; empty: none.")
    acts: int
    cpu_s: float = Field(description="Seconds of a processor in the process that did it.")
    database_s: float = Field(description="Seconds that the database was waited for.")
    embedding_s: float = Field(description="Seconds of the embedder.")
    model_s: float = Field(description="Seconds of a model: answering, building, teaching.")
    build_s: float = Field(description="Those of them that went into building KV-caches and teaching adapters.")
    gpu_s: float = Field(description="Those of them on a GPU.")
    tokens_read: int = Field(description="Tokens that a model read to answer.")
    tokens_saved: int = Field(description="Tokens that plain text would have read, and a KV-cache held.")
    tokens_written: int = Field(description="Tokens that a model wrote.")
    tokens_built: int = Field(description="Tokens that were read to build KV-caches and to teach adapters.")


class KeptBytes(Model):
    """What one form of memory keeps beside the database."""

    form: str
    payloads: int = Field(description="How many there are now.")
    bytes: int = Field(description="Their bytes now.")
    byte_days: float = Field(description="Bytes times the days for which they were kept, in the days of the bill.")


class Saving(Model):
    """The lifecycle held against plain retrieval: the same answers, all memories read as text."""

    tokens_plain: int = Field(description="Tokens that plain text would have had read.")
    tokens_spent: int = Field(description="Tokens that were read, those for building included.")
    share_saved: float = Field(description="Of the tokens of plain text, 0 to 1; below 0: building cost more.")
    build_s: float = Field(description="Seconds of building and teaching.")
    saved_s: float | None = Field(
        description="Seconds that reading the spared tokens would have taken; none: no rate is known yet."
    )


class CostReport(Model):
    """The bill of one space."""

    space: str
    since: date
    until: date
    costs: tuple[CostLine, ...]
    total: CostLine
    kept: tuple[KeptBytes, ...]
    saving: Saving


@recording
class Costs:
    """The bill of a space: everybody's for whoever administers it, else one's own acts."""

    def __init__(self, services: Services, space: str, principal: str) -> None:
        self._services = services
        self._space = space
        self._principal = principal

    def report(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        by: Collection[CostBy] = (CostBy.ACT, CostBy.FORM),
    ) -> CostReport:
        """Return what acts took, summed by ``by``, from the day of ``since`` to that of ``until`` (UTC); by default in the last thirty days.

        Raises ``NotFoundError`` for a space that may not be read.
        """
        moment = now()
        today = moment.date()
        last = today if until is None else until.astimezone(UTC).date()
        first = date.fromordinal(max(1, last.toordinal() - 29)) if since is None else since.astimezone(UTC).date()
        services = self._services
        services.governance.require(self._space, self._principal, Action.READ)
        services.audit.flush()  # its group commit may be writing sums just now
        services.audit.settle_bill()
        given = {"principal": self._principal, "space": self._space, "now": moment}
        days = {"since": first.isoformat(), "until": last.isoformat()}
        names = [each.value for each in dict.fromkeys(by)]
        costs = [
            _cost(row)
            for row in services.runner.read("audit/costs", **given, **days, own=node_of(self._principal), by=names)
        ]
        forms = [
            _cost(row)
            for row in services.runner.read("audit/costs", **given, **days, own=node_of(self._principal), by=["form"])
        ]
        ended = moment if last >= today else _begin(last + timedelta(days=1))
        stored = services.runner.read("audit/stored", **given, since=_begin(first), until=ended)
        return CostReport(
            space=self._space,
            since=first,
            until=last,
            costs=tuple(costs),
            total=_sum(costs),
            kept=tuple(KeptBytes(**row) for row in stored),
            saving=_saving(forms),
        )


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def _cost(row: Row) -> CostLine:
    return CostLine(**{"principal" if name == "who" else name: value for name, value in row.items()})


def _sum(costs: list[CostLine]) -> CostLine:
    amounts = [name for name in CostLine.model_fields if name not in set(CostBy)]
    return CostLine(**{name: sum(getattr(each, name) for each in costs) for name in amounts})


def _saving(forms: list[CostLine]) -> Saving:
    """Return what forms spared; what a token takes is known from what was built as KV-caches, which is only read."""
    total = _sum(forms)
    caches = _sum([each for each in forms if each.form == MemoryType.ACTIVATION])
    rate = caches.build_s / caches.tokens_built if caches.tokens_built else None
    plain = total.tokens_read + total.tokens_saved
    spent = total.tokens_read + total.tokens_built
    return Saving(
        tokens_plain=plain,
        tokens_spent=spent,
        share_saved=round(1 - spent / plain, 4) if plain else 0.0,
        build_s=total.build_s,
        saved_s=None if rate is None else total.tokens_saved * rate,
    )
