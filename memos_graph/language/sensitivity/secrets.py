"""API keys, tokens, passwords in text, private key blocks."""

import re
from collections.abc import Iterator

from memos_graph.language.sensitivity.kinds import Finding, FindingKind

_PRIVATE_KEY = re.compile(
    r"-----BEGIN (?P<what>[A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?)-----.*?(?:-----END (?P=what)-----|\Z)", re.DOTALL
)

# Keys that say by their first letters whose they are.
_PREFIXED = re.compile(
    r"(?<![\w-])(?:"
    r"(?:AKIA|ASIA)[0-9A-Z]{16}|"  # AWS
    r"gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255}|glpat-[\w-]{20,64}|"
    r"xox[abeoprs]-[A-Za-z0-9-]{10,250}|"  # Slack
    r"[srp]k_(?:live|test)_[A-Za-z0-9]{16,250}|whsec_[A-Za-z0-9]{16,100}|"  # Stripe
    r"sk-(?:[a-z]{2,10}\d{0,3}-)*[A-Za-z0-9_-]{20,250}|"  # OpenAI, Anthropic
    r"AIza[\w-]{35}|ya29\.[\w-]{20,250}|"  # Google
    r"hf_[A-Za-z0-9]{30,64}|npm_[A-Za-z0-9]{36}|pypi-[\w-]{32,250}|SG\.[\w-]{16,32}\.[\w-]{16,64}|"
    r"memos_[\w-]{43}|"
    r"eyJ[\w-]{8,2000}\.eyJ[\w-]{8,4000}\.[\w-]{8,1000}"  # JSON web tokens
    r")(?![\w])"
)
_NAMED_KEY = re.compile(
    r"(?i)\b(?:api|access|secret|auth|bearer|client|private|signing|encryption|account)?[ _-]?"
    r"(?:key|token|secret|bearer)\b[\"']?(?: is\b)?\s{0,3}[:=]?\s{0,3}[\"'`]?(?P<value>(?=[^\s\"'`]{0,199}\d)[\w./+=~-]{16,200})"
)
_LOOKS_RANDOM = re.compile(r"(?=.*\d)(?=.*[A-Za-z])(?!.*\.\w{2,5}$)")
_PASSWORD = re.compile(
    r"(?i)\b(?:pass ?word|passwd|pwd|pass ?phrase|pass ?code|passwort|kennwort|contrase\u00f1a|mot de passe|pin)\b"
    r"(?: (?:for|to|of|on|at|f\u00fcr|de|para)(?: [^\s:=]{1,20}){1,4}?)?"
    r"(?P<link>\s{0,3}[:=]\s{0,3}|,? (?:is|was|ist|lautet|es|est)(?: now| still)?:? )(?P<quote>[\"'`\u201c\u2018]?)(?P<value>[^\s\"'`\u201c\u201d\u2019]{4,100})"
)
_IN_URL = re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://[^\s:/@]{1,100}:(?P<value>[^\s/@]{1,200})@")
_NO_VALUE = frozenset(
    [
        "none",
        "null",
        "true",
        "false",
        "required",
        "optional",
        "incorrect",
        "correct",
        "invalid",
        "wrong",
        "empty",
        "hidden",
        "unknown",
    ]
)


def private_keys(text: str) -> Iterator[Finding]:
    """Yield private key blocks, cut off ones too."""
    for match in _PRIVATE_KEY.finditer(text):
        yield Finding(FindingKind.PRIVATE_KEY, match.start(), match.end())


def api_keys(text: str) -> Iterator[Finding]:
    """Yield API keys and tokens: by their prefix, or long random ones that the text calls so."""
    for match in _PREFIXED.finditer(text):
        yield Finding(FindingKind.API_KEY, match.start(), match.end())
    for match in _NAMED_KEY.finditer(text):
        value = match["value"].rstrip(".")
        if _LOOKS_RANDOM.match(value):
            yield Finding(FindingKind.API_KEY, match.start("value"), match.start("value") + len(value))


def passwords(text: str) -> Iterator[Finding]:
    """Yield passwords that the text calls so, and those in an address."""
    for match in _PASSWORD.finditer(text):
        value = match["value"].rstrip(".,;!?)")
        if _is_password(value, assigned=match["link"].strip() in {":", "="}, quoted=bool(match["quote"])):
            yield Finding(FindingKind.PASSWORD, match.start("value"), match.start("value") + len(value))
    for match in _IN_URL.finditer(text):
        if not match["value"].startswith("["):
            yield Finding(FindingKind.PASSWORD, match.start("value"), match.end("value"))


def _is_password(value: str, *, assigned: bool, quoted: bool) -> bool:
    if value[:1] in "[<{*$" or value.lower() in _NO_VALUE or not value:
        return False
    # "The password is wrong" names none: after "is", a word of letters only is a word.
    return assigned or quoted or not value.isalpha()
