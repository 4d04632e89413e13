"""What of a page its reader sees: by its tags, ``hidden``, inline styles and the page's own style sheets.

Style sheets elsewhere are not fetched, and no script is run. Of the sheets in the page, the rules that hide or show are
heeded, with CSS's order of precedence: importance, specificity, place.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import soupsieve
from bs4 import BeautifulSoup, Tag

_UNSEEN_TAGS = """
    script style template noscript head title meta link iframe canvas audio video datalist defs desc metadata symbol param
    source track map rp
"""
_NEVER_SEEN = frozenset(_UNSEEN_TAGS.split())
_INPUT_TYPES = "text search email tel url number date time month week datetime-local submit button reset"
_SHOWN_INPUTS = frozenset(_INPUT_TYPES.split())
_LONGEST_LABEL = 40  # characters outside the links of a menu; more is text, wherever it stands
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_UNIT = re.compile(r"[a-z%]+\Z")
_SPECIFIC = (
    re.compile(r"#[\w-]"),
    re.compile(r"\.[\w-]|\[|(?<!:):(?!:)[\w-]"),
    re.compile(r"(?:^|[\s>+~])[a-z]", re.IGNORECASE),
)
_NAMED = re.compile(r"[.#]([\w-]+)")
_WORK = 250_000  # tags looked at for all rules (more where they lie deep), at most about three seconds; rules past it are not heeded
_USUAL_DEPTH = 16
_COMBINED = re.compile(r"\S[\s>+~]+(?=[^\s>+~])")
_MOST_COMBINED = 2  # a chain of more can be tried in more ways than there is time for

Weight = tuple[bool, int, int, int, int]
Hiding = frozenset[str]
"""Properties that hide a text and are inherited, so that a tag within may show its own again."""

_INHERITED = ("visibility", "font-size")
_DECIDING = frozenset({"display", "opacity", *_INHERITED})
_INLINE = 1 << 30


class _Rule(NamedTuple):
    """What one selector declares of one property: whether it hides."""

    selector: str
    property: str
    hides: bool
    weight: Weight


@dataclass
class Visibility:
    """What one page hides."""

    _declared: dict[int, dict[str, tuple[Weight, bool]]] = field(default_factory=dict)
    _chosen: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, page: BeautifulSoup) -> "Visibility":
        """Read the style sheets that stand in ``page``."""
        found = cls()
        rules = list(_rules(page))
        names, tags, depth = _measure(page) if rules else (set(), 0, 0)
        work = 0
        for rule in rules:
            combined = len(_COMBINED.findall(rule.selector))
            if combined > _MOST_COMBINED or not names.issuperset(_NAMED.findall(rule.selector)):
                continue
            work += tags * max(depth // _USUAL_DEPTH, 1) ** combined
            if work > _WORK:
                break
            try:
                chosen = soupsieve.select(rule.selector, page)
            except (soupsieve.SelectorSyntaxError, NotImplementedError, ValueError):
                continue  # ::before and the like choose nothing that has text of its own
            for tag in chosen:
                _heed(found._declared.setdefault(id(tag), {}), rule.property, rule.weight, hides=rule.hides)
        return found

    def gone(self, tag: Tag) -> bool:
        """Whether nothing in ``tag`` is seen, whatever stands in it."""
        if tag.name in _NEVER_SEEN or tag.get("aria-hidden") == "true" or _is_menu(tag):
            return True
        declared = self._of(tag)
        shown = declared.get("display")
        return shown is True or declared.get("opacity") is True or (shown is None and self._hidden_by_itself(tag))

    def hiding(self, tag: Tag, around: Hiding) -> Hiding:
        """Return what hides the text in ``tag``, given what hides that around it."""
        declared = self._of(tag)
        return frozenset(name for name in _INHERITED if declared.get(name, name in around))

    def _of(self, tag: Tag) -> dict[str, bool]:
        """Whether a tag is hidden by each property that is declared of it."""
        declared = dict(self._declared.get(id(tag), {}))
        for name, hides, important in _declarations(str(tag.get("style") or "")):
            _heed(declared, name, (important, _INLINE, 0, 0, 0), hides=hides)
        return {name: hides for name, (_, hides) in declared.items()}

    def _hidden_by_itself(self, tag: Tag) -> bool:
        hidden = tag.get("hidden")
        if hidden is not None and str(hidden).lower() != "until-found":
            return True
        return (tag.name == "dialog" and tag.get("open") is None) or (tag.name == "option" and not self._shows(tag))

    def _shows(self, option: Tag) -> bool:
        """Whether a closed list of choices shows this one."""
        among = option.find_parent("select")
        if among is None or among.get("multiple") is not None or among.get("size") not in {None, "1"}:
            return True
        if id(among) not in self._chosen:
            options = among.find_all("option")
            self._chosen[id(among)] = id(
                next((each for each in options if each.get("selected") is not None), options[0])
            )
        return self._chosen[id(among)] == id(option)


def shown_value(tag: Tag) -> str:
    """Return the text that a field of a form shows, which is not a text of the page's own."""
    if tag.name == "input" and str(tag.get("type") or "text").lower() in _SHOWN_INPUTS:
        return str(tag.get("value") or "")
    return ""


def _heed(declared: dict[str, tuple[Weight, bool]], name: str, weight: Weight, *, hides: bool) -> None:
    if name not in declared or declared[name][0] <= weight:
        declared[name] = (weight, hides)


def _is_menu(tag: Tag) -> bool:
    """Whether it leads elsewhere and says nothing: navigation with next to no words outside its links."""
    if tag.name != "nav" and tag.get("role") not in {"navigation", "menubar"}:
        return False
    waiting = list(tag.contents)
    while waiting:
        node = waiting.pop()
        if not isinstance(node, Tag):
            if len(str(node).strip()) > _LONGEST_LABEL:
                return False
        elif node.name not in {"a", "button"}:
            waiting.extend(node.contents)
    return True


def _measure(page: BeautifulSoup) -> tuple[set[str], int, int]:
    """Every class and id in the page, how many tags there are, and how deep they lie."""
    names, depths = set[str](), {id(page): 0}
    for tag in page.find_all(True):
        depths[id(tag)] = depths[id(tag.parent)] + 1
        names.update(tag.get_attribute_list("class"), tag.get_attribute_list("id"))
    return names, len(depths), max(depths.values())


def _rules(page: BeautifulSoup) -> Iterator[_Rule]:
    place = 0
    for sheet in page.find_all("style"):
        if str(sheet.get("media") or "all").strip().lower() not in {"all", "screen"}:
            continue
        for selectors, body, conditional in _blocks(_COMMENT.sub(" ", sheet.get_text())):
            for name, hides, important in _declarations(body):
                if conditional and hides:
                    continue  # on some screens only: others show it
                for selector in filter(None, map(str.strip, selectors.split(","))):
                    if "(" in selector.replace(":not(", ""):
                        continue  # :has() and :nth-child() are costly, and hide rows and gaps, not texts
                    place += 1
                    counts = [len(pattern.findall(selector)) for pattern in _SPECIFIC]
                    yield _Rule(selector, name, hides, (important, *counts, place))  # type: ignore[arg-type]


def _blocks(sheet: str) -> Iterator[tuple[str, str, bool]]:
    """Selectors and declarations of each rule, and whether it holds for some screens only; none of those for print."""
    start, around = 0, list[str]()
    for found in re.finditer(r"[{}]", sheet):
        before = sheet[start : found.start()].strip()
        start = found.end()
        if found[0] == "{":
            around.append(before.rpartition(";")[2].strip())
            continue
        if around and not around[-1].startswith("@"):
            outer = around[:-1]
            if all(each.startswith(("@media", "@supports", "@layer")) and "print" not in each for each in outer):
                yield around[-1], before, any("(" in each for each in outer)
        del around[-1:]


def _declarations(style: str) -> Iterator[tuple[str, bool, bool]]:
    """Property, whether it hides, whether it is important, of each declaration that decides what is seen."""
    for declared in style.lower().split(";"):
        name, _, value = declared.partition(":")
        if name.strip() in _DECIDING and value.strip():
            value, important, _ = value.partition("!")
            yield name.strip(), _hides(name.strip(), value.strip()), bool(important)


def _hides(name: str, value: str) -> bool:
    if name == "display":
        return value == "none"
    if name == "visibility":
        return value in {"hidden", "collapse"}
    try:
        return float(_UNIT.sub("", value)) == 0
    except ValueError:
        return False
