"""Pipelines: chains of memory operations, declared as a graph and run in transactions (paper, 4.3)."""

from memos_graph.interface.pipelines.checking import plan
from memos_graph.interface.pipelines.declaration import Pipeline
from memos_graph.interface.pipelines.history import Run, RunState, StepRecord, StepState
from memos_graph.interface.pipelines.kinds import File
from memos_graph.interface.pipelines.planning import Plan
from memos_graph.interface.pipelines.running import Progress
from memos_graph.interface.pipelines.runs import Runs, space_of

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
