"""Pipelines: chains of memory operations, declared as a graph and run in transactions (paper, 4.3)."""

from memos_graph.pipelines.checking import plan
from memos_graph.pipelines.declaration import Pipeline
from memos_graph.pipelines.history import Run, RunState, StepRecord, StepState
from memos_graph.pipelines.planning import Plan
from memos_graph.pipelines.running import Progress
from memos_graph.pipelines.runs import Runs, space_of
from memos_graph.verbs.kinds import File

__all__ = [
    "File",
    "Pipeline",
    "Plan",
    "Progress",
    "Run",
    "RunState",
    "Runs",
    "StepRecord",
    "StepState",
    "plan",
    "space_of",
]
