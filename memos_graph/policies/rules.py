"""The rules of a policy as the graph takes them: rows, in the order in which they are tried."""

from enum import StrEnum
from typing import Any

from memos_graph.policies.document import Match, Policy


class RetentionAct(StrEnum):
    """What a rule sets."""

    KEEP = "keep"
    FADE = "fade"


_REST = Match.model_construct()  # fits everything


def rules(policy: Policy | None) -> list[dict[str, Any]]:
    """Return one row a rule, defaults last, for ``policies/govern``; no policy has none.

    ``seconds`` is how long memories stay, ``days`` their half-life; null: without end.
    """
    if policy is None:
        return []
    keep = [(each.match, each.keep) for each in policy.keep.rules] + [(_REST, policy.keep.default)]
    fade = [(each.match, each.half_life) for each in policy.fade.rules] + [(_REST, policy.fade.default)]
    return [
        {
            "act": act.value,
            "type": match.type,
            "tag": match.tag,
            "source": match.source,
            "speaker": match.speaker.lower() if match.speaker else None,
            "sensitivity": match.sensitivity,
            "level": match.level.level if match.level else None,
            "seconds": round(span.total_seconds()) if span and act is RetentionAct.KEEP else None,
            "days": span.total_seconds() / 86_400 if span and act is RetentionAct.FADE else None,
        }
        for act, listed in ((RetentionAct.KEEP, keep), (RetentionAct.FADE, fade))
        for match, span in listed
    ]
