"""On which terms a space is scheduled: those of its policy, within the limits of this installation's settings."""

from dataclasses import dataclass
from datetime import timedelta

from memos_graph.config import Settings
from memos_graph.governance.rules_in_force import policy_now
from memos_graph.graph.runner import Runner
from memos_graph.policies.document import Forms, Scheduling


@dataclass(frozen=True)
class ScheduleTerms:
    """What the scheduler may do in a space.

    * ``bytes_allowed`` what its KV-caches may take. * ``archives_days`` after how many days unread a memory is archived; 0: never.
    * ``told`` by what it is ``mode``.
    """

    mode: Scheduling
    bytes_allowed: int
    teaches: bool
    archives_days: float
    told: str


def terms_of(runner: Runner, settings: Settings, space: str) -> ScheduleTerms:
    """Return the terms of a space: its policy's where it says something; ``off`` and the room are limits that no policy lifts."""
    policy = policy_now(runner, space)
    forms = Forms() if policy is None else policy.forms
    set_mode = Scheduling(settings.scheduler)
    by_policy = forms.scheduler is not None and set_mode is not Scheduling.OFF
    unread = forms.archive_unread
    megabytes = settings.scheduler_mb if forms.megabytes is None else min(forms.megabytes, settings.scheduler_mb)
    return ScheduleTerms(
        mode=forms.scheduler if forms.scheduler is not None and by_policy else set_mode,
        bytes_allowed=megabytes << 20,
        teaches=settings.scheduler_teaches if forms.teach is None else forms.teach,
        archives_days=settings.scheduler_archives_days if unread is None else unread / timedelta(days=1),
        told=f"the policy '{policy.name}'" if policy is not None and by_policy else "MEMOS_SCHEDULER",
    )
