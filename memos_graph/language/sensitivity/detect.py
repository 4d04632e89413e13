"""Finds what is sensitive in a text. An ordinary message is recognised by one look, and costs microseconds."""

import re
from collections.abc import Callable, Iterable

from memos_graph.kit import plugins
from memos_graph.language.sensitivity.contacts import addresses, emails, phones
from memos_graph.language.sensitivity.kinds import Detector, Finding, settled
from memos_graph.language.sensitivity.numbers import accounts, cards, identity_numbers
from memos_graph.language.sensitivity.secrets import api_keys, passwords, private_keys

GROUP = "memos_graph.detectors"
"""The entry points of detectors that other packages bring: each takes our rules and returns a ``Detector``."""

# Whatever a rule below finds has one of these: an @, six digits near each other, a colon between hex digits, or a word.
_DIGITS = re.compile(r"\d(?:[ .()/\u00a0-]{0,3}\d){5}|\d(?:[^\d\n]{0,3}\d){8}|[A-Za-z]\d{2}[A-Za-z]\d")
_DATES = re.compile(r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?)?|\b\d{1,2}([./])\d{1,2}\1\d{2,4}\b")
_IPV4 = re.compile(r"\d\.\d{1,3}\.\d{1,3}\.\d")
_HEX = re.compile(r"[0-9A-Fa-f]::?[0-9A-Fa-f]{1,4}:")
_WORDS = (
    "pass", "pwd", "pin", "kennwort", "contrase", "key", "token", "secret", "bearer", "akia", "asia", "ghp_", "gho_", "ghu_",
    "ghs_", "ghr_", "github_pat", "glpat-", "xox", "k_live", "k_test", "whsec_", "sk-", "aiza", "ya29", "hf_", "npm_",
    "pypi-", "sg.", "memos_", "eyj", "://",
)  # fmt: skip

Rule = Callable[[str], Iterable[Finding]]


def detect(text: str) -> tuple[Finding, ...]:
    """Return what is sensitive in ``text``, by place, none over another."""
    return settled(found for rule in _rules(text) for found in rule(text))


def _rules(text: str) -> list[Rule]:
    """Choose the rules that could find something."""
    rules: list[Rule] = []
    if "@" in text:
        rules.append(emails)
    if _IPV4.search(text) or _HEX.search(text):
        rules.append(addresses)
    if _DIGITS.search(text) and _DIGITS.search(_DATES.sub(" ", text)):
        rules += [phones, cards, accounts, identity_numbers]
    lowered = text.lower()
    if any(word in lowered for word in _WORDS):
        rules += [private_keys, api_keys, passwords]
    return rules


def detector(name: str) -> Detector:
    """Return the detector ``name``: "rules", "presidio" with its own model besides the rules, or one that a package brings.

    Raises ``ConfigurationError`` where there is none of that name, or what it needs is not installed.
    """
    if name == "rules":
        return detect
    if name == "presidio":
        from memos_graph.language.sensitivity.presidio import load  # noqa: PLC0415 - only where it is wanted

        return load(detect)
    make = plugins.chosen(GROUP, name, own=("rules", "presidio"), setting="MEMOS_SENSITIVITY")
    brought: Detector = make(detect)
    return brought
