"""What a policy file can say. Field names are what people write; docs/policies.md explains them by example."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt, model_validator

from memos_graph.language.sensitivity import LEVELS, FindingKind, LevelName
from memos_graph.policies.durations import Span
from memos_graph.types import SemanticType

_MOST_RULES = 100


class Afterwards(StrEnum):
    """What a sweep does with memories that have come to their end."""

    HIDE = "hide"
    ERASE = "erase"


def _listed(given: Any) -> Any:
    return [given] if isinstance(given, str) else given


Name = Annotated[str, Field(min_length=1, max_length=200)]


class Section(BaseModel):
    """Base of every part of a policy: frozen, and strict about unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Match(Section):
    """Which memories a rule is about: those for which everything named here holds."""

    type: SemanticType | None = None
    tag: Name | None = None
    source: Name | None = None
    speaker: Name | None = None
    sensitivity: FindingKind | None = None
    level: LevelName | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Match":
        if not self.named:
            raise ValueError(
                "name at least one of type, tag, source, speaker, sensitivity, level; 'default' is for the rest"
            )
        return self

    @property
    def named(self) -> dict[str, str]:
        """What it names, in the order above."""
        return self.model_dump(mode="json", exclude_none=True)


class KeepRule(Section):
    """How long some memories stay."""

    match: Match = Field(alias="for")
    keep: Span


class FadeRule(Section):
    """How fast some memories sink in searches."""

    match: Match = Field(alias="for")
    half_life: Span


class Keep(Section):
    """How long memories stay, counted from when they were stored; the first rule that fits decides."""

    default: Span = None
    rules: Annotated[tuple[KeepRule, ...], Field(max_length=_MOST_RULES)] = ()
    afterwards: Afterwards = Afterwards.HIDE


class Fade(Section):
    """How fast memories sink in searches; the first rule that fits decides."""

    default: Span = None
    rules: Annotated[tuple[FadeRule, ...], Field(max_length=_MOST_RULES)] = ()


class Sensitive(Section):
    """What is not stored at all; everything else that is sensitive is marked, and stored."""

    refuse: Annotated[tuple[FindingKind | LevelName, ...], BeforeValidator(_listed)] = ()

    @property
    def refused_kinds(self) -> frozenset[FindingKind]:
        """Kinds refused by name, or because their level or one below it is refused."""
        named = {each for each in self.refuse if isinstance(each, FindingKind)}
        lowest = min((each.level for each in self.refuse if isinstance(each, LevelName)), default=None)
        return frozenset(
            kind for kind in FindingKind if kind in named or (lowest is not None and LEVELS[kind] >= lowest)
        )


class Redaction(Section):
    """Up to which level each reader sees what is sensitive; the rest is shown as its kind in brackets."""

    default: LevelName = LevelName.SECRET
    roles: dict[Name, LevelName] = {}
    principals: dict[Name, LevelName] = {}

    def levels(self, owner: str) -> dict[str, Any]:
        """Return it as the space's node carries it: ``default``, and ``names`` of principals and roles with their ``levels``.

        A role without an owner is one of the space's ``owner``.
        """
        roles = {name if "/" in name else f"{owner}/{name}": level for name, level in self.roles.items()}
        named = {**roles, **self.principals}
        return {
            "default": self.default.level,
            "names": list(named),
            "levels": [level.level for level in named.values()],
        }


class Sharing(Section):
    """Who, of those who hold the right to share, may use it: the owner, administrators, or principals by name."""

    who: Annotated[tuple[Name, ...], BeforeValidator(_listed), Field(min_length=1)] = ("everybody",)


class Transfer(Section):
    """Who, of those who may read, may take memories away in a file: the owner, administrators, principals by name, or nobody."""

    who: Annotated[tuple[Name, ...], BeforeValidator(_listed), Field(min_length=1)] = ("everybody",)


Count = Annotated[StrictInt, Field(ge=1, le=10**12)]


class Recorded(StrEnum):
    """When a read is in the log."""

    SOON_AFTER = "soon after"
    BEFORE_THE_ANSWER = "before the answer"


class Log(Section):
    """How acts in the space are recorded; writes always are as part of the write."""

    reads: Recorded = Recorded.SOON_AFTER
    archive_after: Span = None


class Quotas(Section):
    """How much the space may hold, and how much may be written."""

    memories: Count | None = None
    characters: Count | None = None
    memories_per_day: Count | None = None


class Scheduling(StrEnum):
    """What the scheduler does with its plans for a space."""

    OFF = "off"
    ADVISE = "advise"
    ACT = "act"


def _off(given: Any) -> Any:
    return Scheduling.OFF if given is False else given  # YAML reads a bare ``off`` as false


class Forms(Section):
    """Which memories stand in another form than text, and who sees to it; what is left out goes by the settings."""

    scheduler: Annotated[Scheduling | None, BeforeValidator(_off)] = None
    megabytes: Annotated[StrictInt, Field(ge=0, le=10**9)] | None = None
    teach: StrictBool | None = None
    archive_unread: Span = None


class Policy(Section):
    """A whole policy."""

    policy: Literal[1] = Field(description="Version of this format.")
    name: Name
    description: str = Field(default="", max_length=2000)
    keep: Keep = Keep()
    fade: Fade = Fade()
    sensitivity: Sensitive = Sensitive()
    redaction: Redaction = Redaction()
    sharing: Sharing = Sharing()
    transfer: Transfer = Transfer()
    log: Log = Log()
    forms: Forms = Forms()
    quotas: Quotas = Quotas()
