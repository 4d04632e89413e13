"""Finds what is sensitive in a text: contact data, payment data, identity numbers, secrets. Rules only, no model.

``detect`` finds, ``clearance`` weighs, ``redact`` hides. ``detector`` gives the one that the settings name.
"""

from memos_graph.language.sensitivity.detect import detect, detector
from memos_graph.language.sensitivity.kinds import (
    LEVELS,
    Detector,
    Finding,
    FindingKind,
    Level,
    LevelName,
    clearance,
    kinds_of,
)
from memos_graph.language.sensitivity.redaction import masked, redact, unmarked, views

__all__ = [
    "LEVELS",
    "Detector",
    "Finding",
    "FindingKind",
    "Level",
    "LevelName",
    "clearance",
    "detect",
    "detector",
    "kinds_of",
    "masked",
    "redact",
    "unmarked",
    "views",
]
