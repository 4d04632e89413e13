"""A policy in plain sentences."""

from collections.abc import Iterator
from datetime import timedelta

from memos_graph.policies.document import Afterwards, Match, Policy, Recorded, Scheduling
from memos_graph.policies.durations import worded

_SCHEDULED = {
    Scheduling.OFF: "No plan is made of which memories should stand as KV-caches or adapters.",
    Scheduling.ADVISE: "Plans of which memories should stand as KV-caches or adapters are carried out by hand only.",
    Scheduling.ACT: "The memories in most use are kept as KV-caches without being asked for.",
}
_NAMED = {
    "type": "of type {}",
    "tag": "tagged '{}'",
    "source": "from '{}'",
    "speaker": "said by {}",
    "sensitivity": "that hold a finding of kind '{}'",
    "level": "that are {} or above",
}


def sentences(policy: Policy) -> tuple[str, ...]:
    """Return what ``policy`` means, a sentence an item, in the order in which it is written."""
    return (
        *rule_sentences(policy),
        _afterwards(policy),
        _refusals(policy),
        *_redaction(policy),
        _sharing(policy),
        _transfer(policy),
        *_log(policy),
        *_forms(policy),
        *_quotas(policy),
    )


def rule_sentences(policy: Policy) -> tuple[str, ...]:
    """Return the sentences of the rules alone, as many and in the same order as ``rules`` gives rows."""
    keep = [(each.match, each.keep) for each in policy.keep.rules]
    fade = [(each.match, each.half_life) for each in policy.fade.rules]
    return (
        *(f"{_memories(match)} {_kept(span)}." for match, span in keep),
        f"{_rest('memories', bool(keep))} {_kept(policy.keep.default)}.",
        *(f"{_memories(match)} {_faded(span)}." for match, span in fade),
        f"{_rest('memories', bool(fade))} {_faded(policy.fade.default)}.",
    )


def _memories(match: Match) -> str:
    named = " and ".join(_NAMED[key].format(value) for key, value in match.named.items())
    return f"Memories {named}" if named else "All memories"


def _rest(what: str, others: bool) -> str:
    return f"All other {what}" if others else f"All {what}"


def _kept(span: timedelta | None) -> str:
    return "are kept forever" if span is None else f"end {worded(span)} after they were stored"


def _faded(span: timedelta | None) -> str:
    return "do not fade" if span is None else f"count half as much in a search after {worded(span)}, and so on"


def _afterwards(policy: Policy) -> str:
    what = (
        "its text is kept for administrators" if policy.keep.afterwards is Afterwards.HIDE else "it is erased for good"
    )
    return f"A memory that has come to its end is found no more from that moment; at the next sweep {what}."


def _refusals(policy: Policy) -> str:
    refused = sorted(policy.sensitivity.refused_kinds)
    if not refused:
        return "Nothing is refused for being sensitive; what is sensitive is marked."
    return f"A text with one of these is not stored: {', '.join(refused)}. Anything else that is sensitive is marked."


def _redaction(policy: Policy) -> Iterator[str]:
    redaction = policy.redaction
    if redaction.default.level < len(type(redaction.default)) - 1:
        yield f"Readers see what is {redaction.default} or below; the rest is shown as its kind, e.g. [e-mail]."
    else:
        yield "Readers see everything, unless named here."
    for role, level in redaction.roles.items():
        yield f"Who holds the role {role} sees what is {level} or below."
    for principal, level in redaction.principals.items():
        yield f"{principal} sees what is {level} or below."
    yield "The owner sees everything, unless named here."


def _sharing(policy: Policy) -> str:
    if "everybody" in policy.sharing.who:
        return "Everybody with the right to share may share the space."
    return f"Only these may share the space, if they hold the right to: {', '.join(policy.sharing.who)}."


def _transfer(policy: Policy) -> str:
    if "everybody" in policy.transfer.who:
        return "Everybody who may read may export and dump what it sees."
    if policy.transfer.who == ("nobody",):
        return "Nobody may export or dump memories."
    return f"Only these may export and dump memories, if they may read them: {', '.join(policy.transfer.who)}."


def _log(policy: Policy) -> Iterator[str]:
    if policy.log.reads is Recorded.BEFORE_THE_ANSWER:
        yield "Every read is in the log before its answer is given; one that can't be recorded is refused."
    else:
        yield "Every read is in the log within moments."
    if policy.log.archive_after is not None:
        yield f"Reads in the log that are sealed and older than {worded(policy.log.archive_after)} leave the graph, to archives."


def _forms(policy: Policy) -> Iterator[str]:
    forms = policy.forms
    if forms.scheduler is not None:
        yield _SCHEDULED[forms.scheduler]
    if forms.megabytes is not None:
        yield f"The scheduler's KV-caches of the space take at most {forms.megabytes:,} MiB."
    if forms.teach is not None:
        yield f"Plans {'may have' if forms.teach else 'have no'} memories taught to adapters."
    if forms.archive_unread is not None:
        yield f"Plans archive memories that were not read for {worded(forms.archive_unread)}."


def _quotas(policy: Policy) -> Iterator[str]:
    quotas = policy.quotas
    if quotas.memories:
        yield f"The space holds at most {quotas.memories:,} memories."
    if quotas.characters:
        yield f"Their texts have at most {quotas.characters:,} characters in all."
    if quotas.memories_per_day:
        yield f"At most {quotas.memories_per_day:,} memories are added in any 24 hours."
