"""``memos add``, ``memos search`` and ``memos shared``."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from memos_graph.acting import Acting
from memos_graph.cli import options, output, views
from memos_graph.cli.interrupts import INTERRUPTED, held_back
from memos_graph.cli.session import moment, said_at, session
from memos_graph.config import Settings
from memos_graph.errors import FormatError, InputError, PolicyError
from memos_graph.formats import DateOrder, Limits, Parsed, parse
from memos_graph.memory.adding import AddReport
from memos_graph.search.calls import Filters, SearchResult
from memos_graph.types import SemanticType


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(add)
    app.command()(search)
    app.command()(shared)


def add(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Files to remember; - is standard input.")],
    space: options.SpaceName = None,
    as_: options.As = None,
    source: Annotated[
        str | None, typer.Option(help="What to call the source. Default: the file's name.", metavar="NAME")
    ] = None,
    tag: options.Tags = None,
    at: options.At = None,
    date_order: options.DateOrders = None,
    timezone: options.Timezone = None,
    json: options.Json = False,
) -> None:
    """Remember transcripts and documents: chat JSON, JSONL, plain logs, Markdown, text, HTML, PDF, mail, subtitles.

    \b
    memos add handbook.md travel.pdf
    memos add chat.jsonl --space alice/work --tag team
    pbpaste | memos add - --source clipboard

    What is stored already is left as it is; entries that can't be kept are reported, the others go in. A file that can't be
    read stops no other; then, or when nothing at all came in, the exit code is 1.
    """  # noqa: D301
    if source is not None and len(files) > 1:
        raise InputError("--source names one source, but several files were given.", hint="Add them one by one.")
    outcome = _Outcome(json)
    settings = Settings.load()
    parsed: list[tuple[str, Parsed]] = []
    for file in files:
        with outcome.of(_name(file)):
            parsed.append((file, _read(file, settings, source, said_at(at), date_order)))
    try:
        if parsed:
            with session(as_, embeds=True, timezone=timezone) as acting:
                for file, each in parsed:
                    with outcome.of(_name(file)):
                        outcome.reports.append(_add(acting, space, each, tuple(tag or ()), json=json))
    finally:
        outcome.show()  # what went in is told, whatever stopped the rest
    if outcome.failed:
        raise typer.Exit(1)


@dataclass
class _Outcome:
    """What became of several files: those that went in, and whether one did not."""

    as_json: bool
    reports: list[AddReport] = field(default_factory=list)
    failed: bool = False

    @contextmanager
    def of(self, file: str) -> Iterator[None]:
        """Take one file's failure, so that the next are added all the same; the message names the file."""
        try:
            yield
        except (InputError, PolicyError) as error:
            self.failed = True
            message = error.message if file in error.message else f"{file}: {error.message}"
            output.failure(error.code, message, error.hint, as_json=self.as_json)

    def show(self) -> None:
        """Show the reports; a source of which nothing is stored counts as failed."""
        if not self.reports:
            return
        if self.as_json:
            output.show_json(self.reports)
        else:
            views.show_reports(self.reports)
        self.failed |= any(not report.added and not report.unchanged for report in self.reports)


def _name(file: str) -> str:
    return "stdin" if file == "-" else file


def _read(
    file: str, settings: Settings, source: str | None, at: datetime | None, date_order: DateOrder | None
) -> Parsed:
    limit = settings.max_upload_mb << 20
    try:
        if file == "-":
            data = sys.stdin.buffer.read(limit + 1)
        else:
            with Path(file).open("rb") as opened:
                data = opened.read(limit + 1)
    except IsADirectoryError as error:
        raise FormatError(f"{file} is a directory.", hint=f"Name its files: {Path(file) / '*'}") from error
    except OSError as error:
        raise FormatError(f"{file} can't be read: {error.strerror}.") from error
    if len(data) > limit:
        raise InputError(
            f"{file} is larger than {settings.max_upload_mb} MiB.", hint="Split it, or raise MEMOS_MAX_UPLOAD_MB."
        )
    found = parse(
        data,
        name=_name(file),
        at=at,
        date_order=date_order,
        max_chars=settings.max_text_chars,
        limits=Limits.of(settings),
    )
    return found.model_copy(update={"source": source or Path(found.source).name})


def _add(acting: Acting, space: str | None, parsed: Parsed, tags: tuple[str, ...], *, json: bool) -> AddReport:
    memory, kept = acting.mount(space), 0
    with output.progress_bar() as bar, held_back() as stop_if_asked:
        task = None if bar is None else bar.add_task(parsed.source, total=len(parsed.entries), state="")

        def tell(done: int, total: int) -> None:
            nonlocal kept
            kept = done
            if bar is not None and task is not None:
                bar.update(task, completed=done, total=total, state=f"{done} of {total}")
            stop_if_asked()

        try:
            return memory.add(parsed, tags=tags, progress=tell)
        except KeyboardInterrupt:
            said = f"Interrupted: of the {len(parsed.entries)} entries of {parsed.source} at least {kept} are stored."
            output.failure("interrupted", said, "The same command again adds the rest.", as_json=json)
            raise typer.Exit(INTERRUPTED) from None


def search(
    question: Annotated[str, typer.Argument(help="In natural language.")],
    space: Annotated[
        list[str] | None, typer.Option("--space", "-s", metavar="SPACE", help="OWNER/NAME; may be repeated.")
    ] = None,
    as_: options.As = None,
    limit: options.Limit = 10,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show how the question was read, and the parts of each score.")
    ] = False,
    since: options.Since = None,
    until: options.Until = None,
    as_of: options.AsOf = None,
    valid_at: options.ValidAt = None,
    kind: Annotated[SemanticType | None, typer.Option("--type", help="Only memories of this type.")] = None,
    speaker: Annotated[str | None, typer.Option(help="Only what this speaker said.")] = None,
    source: Annotated[str | None, typer.Option(help="Only this conversation or document.")] = None,
    tag: options.Tags = None,
    minimum_score: Annotated[float, typer.Option(min=0, max=1, help="Leave out what scores less.")] = 0.0,
    timezone: options.Timezone = None,
    json: options.Json = False,
) -> None:
    """Find the memories that answer a question best, each with why and where it came from.

    \b
    memos search "Where does Dana live?"
    memos search "What was agreed?" --space team/log --since 2026-05-01 --explain
    memos search "What did we believe?" --as-of 2026-01-31 --json
    """  # noqa: D301
    filters = Filters(
        since=moment(since),
        until=moment(until),
        as_of=moment(as_of),
        valid_at=moment(valid_at),
        semantic_type=kind,
        speaker=speaker,
        source=source,
        tags=tuple(tag or ()),
        minimum_score=minimum_score,
    )
    with session(as_, embeds=True, timezone=timezone) as acting:
        mounted = [acting.mount(each) for each in space] if space else [acting.mount(None)]
        names = [memory.space for memory in mounted]
        found = mounted[0].search(question, limit=limit, spaces=names, filters=filters)
    if json:
        output.show_json(found)
    else:
        views.show_found(found, explain=explain)


def shared(
    question: Annotated[str | None, typer.Argument(help="In natural language. Default: list them all.")] = None,
    as_: options.As = None,
    limit: options.Limit = 10,
    json: options.Json = False,
) -> None:
    """List what others shared with you one by one or by topic, or find what of it answers a question.

    \b
    memos shared
    memos shared "When does the potter come?"
    """  # noqa: D301
    with session(as_, embeds=question is not None) as acting:
        found = acting.shared.search(question, limit=limit) if question else acting.shared.list(limit=limit)
    if json:
        output.show_json(found)
    elif isinstance(found, SearchResult):
        views.show_found(found, explain=False)
    else:
        views.show_cubes(found)
