"""``memos doctor``."""

from dataclasses import asdict
from functools import partial

import typer
from rich.text import Text

from memos_graph import seams
from memos_graph.cli import options, output
from memos_graph.cli.doctor_keys import key_checks, key_files, rolled_back
from memos_graph.config import Settings
from memos_graph.errors import ConfigurationError, MemosError
from memos_graph.graph import schema
from memos_graph.graph.connection import Endpoint
from memos_graph.graph.doctor import Check, run_doctor
from memos_graph.graph.failures import mapped
from memos_graph.graph.runner import Runner
from memos_graph.vault.payloads import told


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(doctor)


def doctor(json: options.Json = False) -> None:
    """Check Java, jars, disk, memory, ports, the server, its indexes, its clock, the keys and extensions, and say what to do. Exits with 1 on a fault.

    \b
    memos doctor --json
    """  # noqa: D301
    settings = Settings.load()
    checks = [*run_doctor(settings, store_checks=partial(store_checks, settings)), *key_files(settings), _brought()]
    if json:
        output.show_json([asdict(check) for check in checks])
    else:
        _show(checks)
    if not all(check.ok for check in checks):
        raise typer.Exit(1)


def _brought() -> Check:
    """Load what other packages bring; see ``seams``."""
    try:
        found = seams.check()
    except ConfigurationError as error:
        return Check("extensions", ok=False, detail=error.message, advice=error.hint)
    return Check(
        "extensions", ok=True, detail=f"in place: {', '.join(found)}" if found else "no other package brings a part"
    )


def _show(checks: list[Check]) -> None:
    made = output.table("", "Check", "Finding", "What to do")
    for check in checks:
        mark = Text("ok", style="green") if check.ok else Text("FAULT", style="bold red")
        made.add_row(mark, check.name, Text(output.plain(check.detail)), Text(output.plain(check.advice or "")))
    output.show(made)


def store_checks(settings: Settings, endpoint: Endpoint) -> list[Check]:
    """Look into a server that answers: its schema and indexes, what waits to be erased, its keys, whether it was put back."""
    try:
        with (
            mapped("the check of its indexes"),
            endpoint.driver() as driver,
        ):
            runner = Runner(driver, endpoint.database)
            found = [_constraints(runner), _indexes(runner), _erasing(runner), _clock(runner)]
            return [*found, *key_checks(settings, runner), *rolled_back(settings, runner, endpoint)]
    except MemosError as error:
        return [Check("indexes", ok=False, detail=error.message, advice=error.hint)]


def _constraints(runner: Runner) -> Check:
    wanted, missing = schema.statements(), schema.missing(runner)
    if len(missing) == len(wanted):
        return Check("schema", ok=True, detail="empty store; the schema is applied when it is first opened")
    detail = f"missing: {', '.join(missing)}" if missing else f"all {len(wanted)} indexes and constraints are there"
    advice = "Open the store once with this release, e.g. `memos space list`." if missing else None
    return Check("schema", ok=not missing, detail=detail, advice=advice)


def _erasing(runner: Runner) -> Check:
    waiting = runner.read("payloads/waiting", kinds=["erase", "sweep"], space=None)
    if not waiting:
        return Check("payloads", ok=True, detail="nothing waits to be erased")
    problem = next((told(row) for row in waiting if row["problem"] or row["place"]), "not tried yet")
    return Check(
        "payloads",
        ok=False,
        detail=f"{len(waiting)} KV-caches or adapters of changed memories are not erased yet: {problem}",
        advice="They are out of service. `memos stop` ends the model host; the next start tries again.",
    )


def _clock(runner: Runner) -> Check:
    if not runner.clock.measure():
        return Check("clock", ok=False, detail="the database did not tell its time", advice="Run this again.")
    if told := runner.clock.told():
        return Check(
            "clock", ok=False, detail=told, advice="Have the machine's clock set, e.g. `timedatectl set-ntp true`."
        )
    return Check("clock", ok=True, detail="this machine's clock and the database's agree")


def _indexes(runner: Runner) -> Check:
    found = schema.indexes(runner)
    bad = [
        f"{index.name} {index.state} ({index.populated_percent:.0f} %)" for index in found if index.state != "ONLINE"
    ]
    detail = ", ".join(bad) if bad else f"{len(found)} online"
    advice = "Wait until they are populated; a FAILED one is dropped and made again by hand." if bad else None
    return Check("indexes", ok=not bad, detail=detail, advice=advice)
