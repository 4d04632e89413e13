"""Whose words are whose in the text of a mail: what its author wrote, and what is quoted from earlier mails."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from memos_graph.errors import FormatError
from memos_graph.formats.dates import parse_date

_VERBS = (
    r"wrote|writes|said|schrieb(?:\s+am)?|hat\s+geschrieben|a\s+écrit|escribió|escribiste|ha\s+scritto|schreef|escreveu|"
    r"skrev|kirjoitti|napisał(?:\(a\)|a)?|napsal(?:\(a\)|a)?|написала?|пишет|пише|yazd\u0131|írta|a\s+scris|έγραψε|写道|のメール"
)
_ATTRIBUTION = re.compile(rf"(?:^|[\s,>])(?:{_VERBS})\b.*?[:\uff1a]\s*$", re.IGNORECASE | re.DOTALL)
_BEFORE_VERB = re.compile(
    rf"^(?P<start>.*?)[\s,]*\b(?:{_VERBS})\b(?P<rest>.*?)[:\uff1a]\s*$", re.IGNORECASE | re.DOTALL
)
_BEGINS_WITH_DATE = re.compile(r"(?:on|am|le|el|il|op|em|den|dne|w dniu|pe|tir|fre)\b.*\d", re.IGNORECASE)
_ADDRESS = re.compile(r"[<(\[]\s*(?:mailto:)?[^\s<>()\[\]]+@[^\s<>()\[\]]+\s*[>)\]](?:\s*>)?")
_CLOCK = re.compile(
    r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:\s*[ap]\.?m\b\.?)?(?:\s*(?:uhr|utc|gmt|[+-]\d{4}|\([A-Z]{2,5}\)))*",
    re.IGNORECASE,
)
_LINKS = re.compile(
    r"^\W*(?:on|am|le|el|il giorno|il|op|em|den|dne|w dniu|um|at|à|a las|alle ore|alle|ore|om|kl|às)\b\.?",
    re.IGNORECASE,
)
_INNER_LINK = re.compile(r"\b(?:um|at|à|a las|alle ore|alle|ore|om|kl|às)\b\.?(?=\s*\d)", re.IGNORECASE)
_RULE = re.compile(
    r"\s*[-_]{2,}\s*(?:original\s+message|forwarded\s+message|(?:ursprüngliche|weitergeleitete)\s+nachricht|"
    r"message\s+(?:d['\u2019]origine|transféré|original)|mensaje\s+(?:original|reenviado)|messaggio\s+(?:originale|inoltrato)|"
    r"oorspronkelijk\s+bericht|doorgestuurd\s+bericht|mensagem\s+(?:original|encaminhada)|oprindelig\s+meddelelse|"
    r"ursprungligt\s+meddelande|opprinnelig\s+melding|vidarebefordrat\s+meddelande|wiadomość\s+oryginalna|"
    r"исходное\s+сообщение)?\s*[-_]{2,}\s*|\s*(?:begin\s+forwarded\s+message|anfang\s+der\s+weitergeleiteten\s+nachricht|"
    r"début\s+du\s+message\s+réexpédié|inicio\s+del\s+mensaje\s+reenviado)\s*:\s*",
    re.IGNORECASE,
)
_HEADERS = {
    "from": "from von de da van från fra od от lähettäjä expéditeur remitente mittente",
    "date": "date sent datum gesendet envoyé enviado inviato verzonden skickat sendt data fecha wysłano дата отправлено",
    "to": "to an à para a aan till til do кому",
    "cc": "cc kopie copie копия",
    "subject": "subject betreff objet asunto oggetto onderwerp ämne emne temat assunto тема",
}
_HEADER_OF = {word: name for name, words in _HEADERS.items() for word in words.split()}
_HEADER = re.compile(r"\s*\*?(?P<key>[^\W\d_]{1,15})\s?:\*?[ \t]*(?P<value>.*)")
_FEWEST_HEADERS = 3
_MOST_LINES = 3  # an attribution is wrapped over no more
_DEEPEST = 20
_LONGEST, _MOST_HEADERS, _NEAR = 500, 40, 50  # characters of a rule or attribution; lines of headers; lines back


@dataclass(frozen=True)
class QuotedPart:
    """A stretch of one person's words; author and time are ``None`` where the quotation does not say them."""

    text: str
    author: str | None = None
    at: datetime | None = None
    depth: int = 0


@dataclass
class _Reading:
    own: list[str] = field(default_factory=list)
    quoted: list[tuple[str | None, datetime | None, list[str]]] = field(default_factory=list)


def split_quotes(text: str, *, zone: tzinfo | None = None, depth: int = 0) -> Iterator[QuotedPart]:
    """Yield what was said, oldest first; the last, of ``depth`` 0, is what the author wrote (perhaps nothing).

    ``zone`` is that of the mail: mail programs write the times of what they quote in it.
    """
    reading = _read(text.split("\n"), zone)
    if depth >= _DEEPEST:
        yield QuotedPart(text.strip(), depth=depth)
        return
    for author, at, lines in reading.quoted:
        for said in split_quotes("\n".join(lines), zone=zone, depth=depth + 1):
            own = said.depth == depth + 1
            yield QuotedPart(said.text, author or said.author, at or said.at, said.depth) if own else said
    yield QuotedPart("\n".join(reading.own).strip(), depth=depth)


def _read(lines: Sequence[str], zone: tzinfo | None) -> _Reading:
    """Part the lines into the author's own and the blocks quoted, each with what its introduction says."""
    reading = _Reading()
    place = 0
    while place < len(lines):
        if headed := _headed(lines, place):
            fields, begins = headed
            reading.quoted.append(
                (_name(fields.get("from", "")), _moment(fields.get("date", ""), zone), list(lines[begins:]))
            )
            return reading
        if lines[place].lstrip().startswith(">"):
            end = place
            while end < len(lines) and (lines[end].lstrip().startswith(">") or _gap_in_quote(lines, end)):
                end += 1
            author, at = _take_attribution(reading.own, zone)
            reading.quoted.append((author, at, [_unquoted(line) for line in lines[place:end]]))
            place = end
        elif _stands_alone(lines, place):
            reading.own.append(lines[place])
            author, at = _take_attribution(reading.own, zone)
            reading.quoted.append((author, at, list(lines[place + 1 :])))
            return reading
        else:
            reading.own.append(lines[place])
            place += 1
    return reading


def _gap_in_quote(lines: Sequence[str], place: int) -> bool:
    after = next((line for line in lines[place + 1 : place + 2]), "")
    return not lines[place].strip() and after.lstrip().startswith(">")


def _unquoted(line: str) -> str:
    return re.sub(r"^\s*> ?", "", line)


def _headed(lines: Sequence[str], place: int) -> tuple[dict[str, str], int] | None:
    """Read the headers that Outlook and forwarding put above an earlier mail, perhaps below a rule; and where it begins."""
    begins = place
    if _is_rule(lines[place]):
        begins = next((n for n in range(place + 1, min(place + 4, len(lines))) if lines[n].strip()), place)
    fields: dict[str, str] = {}
    end = begins
    while end < min(len(lines), begins + _MOST_HEADERS) and (found := _HEADER.fullmatch(lines[end])):
        key = _HEADER_OF.get(found["key"].lower())
        if key is None and not fields:
            return None
        fields.setdefault(key or found["key"].lower(), found["value"].strip().strip("*").strip())
        end += 1
    if "from" not in fields or len(fields) < _FEWEST_HEADERS:
        return None
    return fields, end


def _stands_alone(lines: Sequence[str], place: int) -> bool:
    """Whether this is "On … wrote:" above a quotation that bears no marks."""
    line = lines[place].strip()
    if not _BEGINS_WITH_DATE.match(line[:_LONGEST]) or not _is_attribution(line):
        return False
    after = next((each for each in lines[place + 1 :] if each.strip()), "")
    return bool(after) and not after.lstrip().startswith(">")


def _take_attribution(own: list[str], zone: tzinfo | None) -> tuple[str | None, datetime | None]:
    """Take "On …, somebody wrote:" off the end of the author's words, and read it; nothing where it does not stand there."""
    filled = [place for place in range(max(0, len(own) - _NEAR), len(own)) if own[place].strip()]
    if filled and _is_rule(own[filled[-1]]):
        del own[filled[-1] :]
        return None, None
    for count in range(1, _MOST_LINES + 1):
        chosen = filled[-count:]
        if len(chosen) < count or chosen[-1] - chosen[0] >= count:
            break
        text = " ".join(own[place].strip() for place in chosen)
        if not _is_attribution(text):
            break
        if count < _MOST_LINES and not _is_whole(text) and _continues(own, chosen[0]):
            continue
        del own[chosen[0] :]
        return _attribution(text, zone)
    return None, None


def _is_rule(line: str) -> bool:
    return len(line) <= _LONGEST and _RULE.fullmatch(line) is not None


def _is_attribution(text: str) -> bool:
    return len(text) <= _LONGEST and _ATTRIBUTION.search(text) is not None


def _is_whole(text: str) -> bool:
    return bool(_BEGINS_WITH_DATE.match(text))


def _continues(own: Sequence[str], place: int) -> bool:
    return place > 0 and bool(own[place - 1].strip())


def _attribution(text: str, zone: tzinfo | None) -> tuple[str | None, datetime | None]:
    found = _BEFORE_VERB.match(text)
    if found is None:
        return None, None
    start, rest = _ADDRESS.sub(" ", found["start"]), _ADDRESS.sub(" ", found["rest"])
    clock = next(reversed(list(_CLOCK.finditer(start))), None)
    if rest.strip(" ,"):  # "Am … schrieb Bo Chen:"
        return _name(rest), _moment(start, zone)
    if clock is None:
        name = start.rpartition(",")[2] if re.search(r"\d", start) else start
        return _name(name), _moment(start.rpartition(",")[0], zone)
    return _name(start[clock.end() :]), _moment(start[: clock.end()], zone)


def _name(text: str) -> str | None:
    """Return the name in "Bo Chen <bo@example.org>", the address where there is no name."""
    name = _ADDRESS.sub(" ", text).replace("( )", "").strip(" ,;:'\"\t*")
    if not name and (address := _ADDRESS.search(text)):
        name = address[0].strip("<>()[] ").removeprefix("mailto:")
    return " ".join(name.split()) or None


def _moment(text: str, zone: tzinfo | None) -> datetime | None:
    """Read the time of a quotation; unsure means undated: its words are worth more than a date that is a guess."""
    try:
        moment = parse_date(_INNER_LINK.sub(" ", _LINKS.sub("", text)).strip(" ,\t"))
    except FormatError:
        return None
    has_zone = re.search(r"[+-]\d{4}|\b(?:UTC|GMT|Z)\b", text)
    return moment if has_zone or zone is None else moment.replace(tzinfo=zone)
