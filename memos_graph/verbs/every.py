"""Every declared verb, in the groups that documents show them in."""

from collections.abc import Mapping, Sequence
from typing import Any

from memos_graph.verbs import (
    audits,
    costs,
    cubes,
    devices,
    documents,
    erasure,
    grants,
    jobs,
    keys,
    lifecycle,
    log,
    marks,
    payloads,
    policies,
    provenance,
    roles,
    schedule,
    shared,
    spaces,
    timemachine,
    vault,
)
from memos_graph.verbs.declaring import Verb

GROUPS: Mapping[str, Sequence[Verb[Any, Any]]] = {
    "spaces": spaces.VERBS,
    "lifecycle": lifecycle.VERBS,
    "time machine": timemachine.VERBS,
    "cubes": cubes.VERBS,
    "documents": documents.VERBS,
    "erasure": erasure.VERBS,
    "exports": marks.VERBS,
    "devices": devices.VERBS,
    "shared": shared.VERBS,
    "model memory": payloads.VERBS,
    "vault": vault.VERBS,
    "jobs": jobs.VERBS,
    "schedule": schedule.VERBS,
    "costs": costs.VERBS,
    "policies": policies.VERBS,
    "provenance": provenance.VERBS,
    "log": log.VERBS,
    "audit": audits.VERBS,
    "grants": grants.VERBS,
    "roles": roles.VERBS,
    "keys": keys.VERBS,
}
VERBS: Sequence[Verb[Any, Any]] = tuple(verb for verbs in GROUPS.values() for verb in verbs)
