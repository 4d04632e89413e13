"""The bill, as tables: what acts took, what is kept, and what was spared."""

from collections.abc import Mapping
from typing import Any

from memos_graph.cli import output
from memos_graph.cli.shown.looking import Look
from memos_graph.memory.costs import CostBy, CostLine, CostReport

_SECONDS = {
    "cpu_s": "CPU s",
    "database_s": "Database s",
    "embedding_s": "Embedding s",
    "model_s": "Model s",
    "gpu_s": "GPU s",
}
_TOKENS = {"tokens_read": "Read", "tokens_saved": "Saved", "tokens_written": "Written", "tokens_built": "Built"}


def _report(report: CostReport) -> None:
    days = f"{report.since} to {report.until}"
    if not report.costs:
        output.note(f"Nothing was done in '{report.space}' from {days} that you may see the costs of.")
        return
    by = [each.value for each in CostBy if any(getattr(cost, each) is not None for cost in report.costs)]
    figures = (*_SECONDS.values(), *_TOKENS.values())
    made = output.table(
        *(each.capitalize() for each in by), "Acts", *figures, title=f"{report.space}, {days}", right=("Acts", *figures)
    )
    for cost in report.costs:
        made.add_row(*(getattr(cost, each) or "-" for each in by), *_amounts(cost))
    if by:
        made.add_row("in all", *([""] * (len(by) - 1)), *_amounts(report.total), style="bold")
    output.show(made)
    for kept in report.kept:
        output.note(
            f"{kept.form}: {kept.payloads} payloads of {kept.bytes:,} bytes now; {kept.byte_days / (1 << 20):,.2f} MiB-days."
        )
    saving = report.saving
    if saving.tokens_plain:
        seconds = "" if saving.saved_s is None else f"; about {saving.saved_s:.2f} s of reading spared"
        output.note(
            f"Plain text would have had {saving.tokens_plain:,} tokens read; {saving.tokens_spent:,} were, with building: "
            f"{saving.share_saved:.0%} saved{seconds}, {saving.build_s:.2f} s of building."
        )


def _amounts(cost: CostLine) -> list[str]:
    return [
        f"{cost.acts:,}",
        *(f"{getattr(cost, name):.2f}" for name in _SECONDS),
        *(f"{getattr(cost, name):,}" for name in _TOKENS),
    ]


LOOKS: Mapping[Any, Look] = {CostReport: _report}
