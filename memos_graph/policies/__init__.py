"""Declared policies: a YAML file says how long memories stay, what is refused, who sees what; here it becomes rules.

``read`` checks a file and names every problem in it, ``sentences`` says in words what it means, ``template`` gives one to
begin with. No database here: ``governance/rules_in_force.py`` enforces.
"""

from memos_graph.policies.document import Afterwards, Policy, Recorded
from memos_graph.policies.explain import rule_sentences, sentences
from memos_graph.policies.reading import read
from memos_graph.policies.rules import RetentionAct, rules
from memos_graph.policies.templates import template, templates

__all__ = [
    "Afterwards",
    "Policy",
    "Recorded",
    "RetentionAct",
    "read",
    "rule_sentences",
    "rules",
    "sentences",
    "template",
    "templates",
]
