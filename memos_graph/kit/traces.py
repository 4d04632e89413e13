"""Spans of OpenTelemetry, for a program that traces: it tells ids and numbers, and texts only where somebody asked for that.

Nothing is imported here. A program that traces has imported OpenTelemetry to set it up; in any other one there is nobody to tell.
"""

import re
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from importlib.metadata import version
from typing import Any, Literal

Tells = Literal["off", "ids", "text"]
_PACKAGE = "memos-graph"
STORE = "gen_ai.memory.store.id"
"""Where a space stands: what the conventions call a store of memories."""
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_LOCAL = ".<locals>"


class TraceSpan:
    """One span that is recorded. End it."""

    def __init__(self, otel: Any, span: Any, *, texts: bool) -> None:
        self._otel = otel
        self._span = span
        self.texts = texts

    @contextmanager
    def going(self) -> Iterator[None]:
        """Make it the span that what is done inside is part of; a failure is told and ends it. Of an error only its kind is told."""
        try:
            with self._otel.use_span(self._span, record_exception=False, set_status_on_exception=False):
                yield
        except GeneratorExit:
            raise
        except BaseException as error:
            self._span.set_attribute("error.type", getattr(error, "code", type(error).__qualname__))
            self._span.set_status(self._otel.StatusCode.ERROR)
            self._span.end()
            raise

    def tell(self, attributes: Mapping[str, Any]) -> None:
        """Add attributes."""
        if self._span.is_recording():
            self._span.set_attributes(attributes)

    def end(self) -> None:
        """End it, if it has not ended."""
        if self._span.is_recording():
            self._span.end()


class Traces:
    """Makes spans, where there is somebody to tell. ``tells`` what of an act: nothing, ids, or texts too (``MEMOS_TRACES``)."""

    def __init__(self, tells: Tells = "ids") -> None:
        self._tells = tells

    @property
    def told(self) -> bool:
        """Whether there may be somebody to tell."""
        return self._otel() is not None

    def begin(self, name: str, attributes: Mapping[str, Any], *, link: str | None = None) -> TraceSpan | None:
        """Begin a span; ``None`` where nobody records it. ``link`` the ``traceparent`` of what asked for it earlier."""
        if (otel := self._otel()) is None:
            return None
        before = _context(otel, link)
        span = _tracer(otel).start_span(name, attributes=attributes, links=[otel.Link(before)] if before else [])
        return TraceSpan(otel, span, texts=self._tells == "text") if span.is_recording() else None

    def statement(self, name: str, seconds: float) -> None:
        """Tell of a statement that has just been run, as part of the current span."""
        otel = self._otel()
        if otel is None or not otel.get_current_span().is_recording():
            return
        named, end = name.partition(_LOCAL)[0], time.time_ns()
        span = _tracer(otel).start_span(
            f"cypher {named}",
            kind=otel.SpanKind.CLIENT,
            attributes={"memos.statement": named},
            start_time=end - round(seconds * 1e9),
        )
        span.end(end)

    def carried(self) -> str | None:
        """Return the ``traceparent`` of the current span, for whoever goes on elsewhere or later."""
        if (otel := self._otel()) is None:
            return None
        context = otel.get_current_span().get_span_context()
        if not context.is_valid:
            return None
        return f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"

    def arriving(self, traceparent: str | None) -> AbstractContextManager[Any]:
        """Return a block whose spans are part of what asked from elsewhere, unless something here knows that already."""
        otel = self._otel() if traceparent else None
        if otel is None or otel.get_current_span().get_span_context().is_valid:
            return nullcontext()
        before = _context(otel, traceparent)
        return nullcontext() if before is None else otel.use_span(otel.NonRecordingSpan(before))

    def _otel(self) -> Any:
        return None if self._tells == "off" else sys.modules.get("opentelemetry.trace")


def _tracer(otel: Any) -> Any:
    return otel.get_tracer(_PACKAGE, _version())


@cache
def _version() -> str:
    return version(_PACKAGE)  # looked up on the disk


def _context(otel: Any, traceparent: str | None) -> Any:
    """Return the span that a ``traceparent`` names; ``None`` for what names none."""
    found = _TRACEPARENT.fullmatch(traceparent or "")
    if found is None:
        return None
    trace_id, span_id, flags = (int(each, 16) for each in found.groups())
    context = otel.SpanContext(trace_id, span_id, is_remote=True, trace_flags=otel.TraceFlags(flags))
    return context if context.is_valid else None
