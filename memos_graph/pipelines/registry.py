"""Every act by name."""

from collections.abc import Mapping

from memos_graph.pipelines.acts import StepKind
from memos_graph.pipelines.declared_acts import DECLARED_ACTS
from memos_graph.pipelines.lifecycle_acts import LIFECYCLE_ACTS
from memos_graph.pipelines.memory_acts import MEMORY_ACTS
from memos_graph.pipelines.model_acts import MODEL_ACTS

ACTS: Mapping[str, StepKind] = {act.name: act for act in (*MEMORY_ACTS, *DECLARED_ACTS, *LIFECYCLE_ACTS, *MODEL_ACTS)}
