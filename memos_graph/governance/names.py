"""Names of principals, roles, spaces and tenants: a new one may not be taken for another by a reader's eye.

After Unicode's Technical Standard 39: a name is in the form that compatibility would give it (NFKC), shows every sign it has, mixes
scripts only as some languages do ("highly restrictive"), and is not made of letters alone that look like Latin ones. Names
that are there already stay usable.
"""

import unicodedata

import regex

from memos_graph.errors import InputError
from memos_graph.graph.runner import Runner, Transaction

_INVISIBLE = regex.compile(r"[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}\p{Zl}\p{Zp}]")
_SCRIPT = regex.compile(
    r"(?P<Latin>\p{Latin})|(?P<Greek>\p{Greek})|(?P<Cyrillic>\p{Cyrillic})|(?P<Han>\p{Han})|(?P<Hiragana>\p{Hiragana})"
    r"|(?P<Katakana>\p{Katakana})|(?P<Bopomofo>\p{Bopomofo})|(?P<Hangul>\p{Hangul})|(?P<common>[\p{Common}\p{Inherited}])"
)
_TOGETHER = (
    {"Latin", "Han", "Hiragana", "Katakana"},
    {"Latin", "Han", "Bopomofo"},
    {"Latin", "Han", "Hangul"},
)
# Letters of other scripts, and of phonetic Latin, that stand for a Latin one to the eye (confusables.txt of UTS 39, the plain ones).
_LIKE_LATIN = frozenset(
    "асеорхуіјѕһԁԛԝѵӏкАВЕКМНОРСТХУІЈЅԚԜҮѴӀ"  # Cyrillic
    "αγικνορτυχϲϳΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹϺ"  # Greek
    "ոսօհցքզԼՏՍՕ"  # Armenian
    "ᎠᎡᎢᎥᎩᎪᎫᎬᎳᎷᎻᏀᏃᏎᏒᏔᏙᏚᏞᏟᏢᏦᏧᏨᏫᏭᏮᏯᏰᏴᏽ"  # Cherokee
)
_PHONETIC = regex.compile(r"[ɑɡɩɪɴʀʏʙʜʟɢ\u1d00-\u1dbf\uab30-\uab6f\ua720-\ua7ff]")
_DOTLESS = "\u0131"
_DIGITS = regex.compile(r"\p{Nd}")
_LETTERS = regex.compile(r"[\p{L}\p{M}]")
_PARTS = regex.compile(r"[/.@+_-]")


def why_alike(name: str) -> str | None:
    """Return why a name could be taken for another one; ``None`` where it could not."""
    if name.isascii():
        return None
    if unicodedata.normalize("NFKC", name) != name:
        return "it is written in signs that stand for others (its NFKC form differs)"
    if _INVISIBLE.search(name):
        return "it holds signs that are not seen"
    return next(filter(None, map(_why, _PARTS.split(name))), None)


def _why(part: str) -> str | None:
    scripts = {script for sign in part if (script := _script(sign)) != "common"}
    if len(scripts) > 1 and not any(scripts <= allowed for allowed in _TOGETHER):
        return f"'{part[:40]}' mixes the scripts {' and '.join(sorted(scripts))}"
    if len({ord(digit) - unicodedata.decimal(digit) for digit in _DIGITS.findall(part)}) > 1:
        return f"'{part[:40]}' mixes digits of several scripts"
    letters = _LETTERS.findall(part)
    if letters and all(letter in _LIKE_LATIN for letter in letters):
        return f"'{part[:40]}' is made of letters alone that look like Latin ones"
    if _PHONETIC.search(part) or (_DOTLESS in part and part.replace(_DOTLESS, "").isascii()):
        return f"'{part[:40]}' holds a letter that looks like another Latin one"
    return None


def _script(sign: str) -> str:
    """Return the script of a sign; of those that are mixed with no other, the first word of its name."""
    found = _SCRIPT.match(sign)
    return str(found.lastgroup) if found else unicodedata.name(sign, "?").partition(" ")[0].title()


def check_new(runner: Runner | Transaction, *names: str) -> None:
    """Raise ``InputError`` for a name that could be taken for another one, unless somebody has it already.

    Names of plain ASCII cost nothing; for another one that looks unusual the graph is asked.
    """
    found = {name: why for name in names if (why := why_alike(name)) is not None}
    if not found:
        return
    read = runner.run if isinstance(runner, Transaction) else runner.read
    known = {row["name"] for row in read("governance/named", names=sorted(found))}
    for name, why in found.items():
        if name not in known:
            raise InputError(
                f"'{name[:80]}' can't be a new name: {why}.",
                hint="Write it in the letters of one script, as it is read.",
            )
