"""The optional detector: Microsoft Presidio, which finds names too, with a language model of its own (spaCy)."""

import importlib
import threading
from typing import Any

from memos_graph.errors import ConfigurationError
from memos_graph.language.sensitivity.kinds import Detector, Finding, FindingKind, settled

# Presidio's entity types as kinds of ours; it has more, which say nothing of a person.
_KINDS = {
    "PERSON": FindingKind.NAME,
    "EMAIL_ADDRESS": FindingKind.EMAIL,
    "PHONE_NUMBER": FindingKind.PHONE,
    "IP_ADDRESS": FindingKind.IP_ADDRESS,
    "CREDIT_CARD": FindingKind.PAYMENT_CARD,
    "IBAN_CODE": FindingKind.IBAN,
    "US_SSN": FindingKind.IDENTITY_NUMBER,
    "UK_NHS": FindingKind.IDENTITY_NUMBER,
    "ES_NIF": FindingKind.IDENTITY_NUMBER,
    "IT_FISCAL_CODE": FindingKind.IDENTITY_NUMBER,
}
_SURE = 0.5


def load(rules: Detector) -> Detector:
    """Return a detector that adds Presidio's findings to those of ``rules``; loads its model, which takes seconds.

    Raises ``ConfigurationError`` where presidio-analyzer or its model is not installed.
    """
    try:
        module = importlib.import_module("presidio_analyzer")
    except ImportError as error:
        raise ConfigurationError(
            "MEMOS_SENSITIVITY is presidio, but the package presidio-analyzer is not installed.",
            hint="`pip install presidio-analyzer` and a spaCy model, or set MEMOS_SENSITIVITY=rules.",
        ) from error
    try:
        engine: Any = module.AnalyzerEngine()
    except (OSError, SystemExit) as error:  # spaCy ends the program where its model can't be fetched
        raise ConfigurationError(
            f"Presidio's language model could not be loaded: {error}.",
            hint="`python -m spacy download en_core_web_lg`, or set MEMOS_SENSITIVITY=rules.",
        ) from error
    lock = threading.Lock()

    def detect(text: str) -> tuple[Finding, ...]:
        with lock:
            results = engine.analyze(text=text, language="en", entities=sorted(_KINDS), score_threshold=_SURE)
        return settled([*rules(text), *(Finding(_KINDS[each.entity_type], each.start, each.end) for each in results)])

    return detect
