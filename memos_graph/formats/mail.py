"""Mail by the standard library: one (.eml), a mailbox (.mbox), or a page saved as one (.mhtml)."""

import email
import mailbox
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.policy import default as policy
from email.utils import getaddresses, parsedate_to_datetime
from pathlib import Path

from memos_graph.errors import FormatError
from memos_graph.formats.gather import Gathered
from memos_graph.formats.html import quoted_text, read_html
from memos_graph.formats.plaintext import unwrapped
from memos_graph.formats.quotes import QuotedPart, split_quotes
from memos_graph.formats.types import Parsed

_MAILBOX_LINE = re.compile(r"From \S+ .*\d{4}.*\n")
_HEADER_LINE = re.compile(r"[!-9;-~]+:.*")
_SURE_HEADERS = frozenset({"date", "message-id", "mime-version", "received", "return-path", "content-type", "subject"})
_SAVED_PAGE = re.compile(r"^(?:Snapshot-Content-Location:|From:\s*<Saved by)", re.MULTILINE | re.IGNORECASE)
_REPLY_MARK = re.compile(r"^(?:(?:re|aw|antw?|sv|vs|fwd?|wg|tr|rv|res|odp|ynt)(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE)
_WINDOWS = {"iso-8859-1": "cp1252", "latin-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252", "ascii": "cp1252"}
_SIGNATURES = frozenset({"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"})
_SHINGLE = 5  # words in a row that tell a quotation from other words
_SAME = 0.9  # of them


def looks_like_mail(text: str) -> bool:
    """Whether ``text`` begins with a mail's headers, perhaps below a mailbox's ``From `` line."""
    text = text.replace("\r\n", "\n")
    if found := _MAILBOX_LINE.match(text):
        text = text[found.end() :]
    head, blank, _ = text.partition("\n\n")
    names: set[str] = set()
    for line in head.split("\n"):
        if _HEADER_LINE.fullmatch(line):
            names.add(line.partition(":")[0].lower())
        elif not (names and line[:1] in {" ", "\t"}):
            return False
    return bool(blank) and "from" in names and len(names & _SURE_HEADERS) > 1


def read_mail(text: str, *, source: str, at: datetime | None, max_chars: int) -> Parsed:
    """Read one mail or a mailbox: an entry for what each author wrote, and before it one for each earlier mail it quotes.

    The mails of a mailbox that answer each other are one session; what is quoted there and comes as a mail of its own is
    kept once. Attachments are reported, not read. A saved page is read as HTML. Raises ``FormatError`` when nothing is there.
    """
    data = text.encode("utf-8", "surrogateescape")
    if _MAILBOX_LINE.match(text):
        parsed = [email.message_from_bytes(each, policy=policy) for each in _mails(data)]
    else:
        parsed = [email.message_from_bytes(data, policy=policy)]
        if _SAVED_PAGE.search(text[:4000]) or (source.lower().endswith((".mht", ".mhtml")) and _page(parsed[0])):
            return _read_page(parsed[0], source, at, max_chars)
    gathered = Gathered(max_chars)
    mails = [_open(gathered, each, at) for each in parsed]
    several = len(mails) > 1
    threads = _threads(mails) if several else {}
    known: dict[str | None, set[int]] = {}
    for mail in mails:
        known.setdefault(threads.get(id(mail)), set()).update(
            *(_shingles(said.text) for said in mail.said if not said.depth)
        )
    for mail in mails:
        _take(gathered, mail, threads.get(id(mail)), known[threads.get(id(mail))] if several else set())
    return gathered.conversation(source=source, title=None if several else mails[0].subject or None, at=at)


@dataclass
class _Mail:
    """One mail, decoded: ``said`` oldest first, its author's own words last."""

    subject: str
    author: str | None
    at: datetime | None
    id: str | None
    to: str
    refers: list[str]
    said: list[QuotedPart]
    enclosed: list["_Mail"] = field(default_factory=list)


def _mails(data: bytes) -> Iterator[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mbox"
        path.write_bytes(data)
        box = mailbox.mbox(path, create=False)
        try:
            for key in box.iterkeys():
                yield re.sub(rb"(?m)^>(>*From )", rb"\1", box.get_bytes(key))
        finally:
            box.close()


def _open(gathered: Gathered, message: Message, at: datetime | None) -> _Mail:
    subject = _header(message, "subject")
    moment = _date(gathered, message) or at
    body, enclosed = "", []
    for part, kind in _parts(message):
        if kind == "text":
            body += ("\n\n" if body else "") + _body(part)
        elif kind == "mail":
            enclosed.append(_open(gathered, part, None))
        else:
            name = part.get_filename() or _header(part, "content-id") or "without a name"
            reason = f"The attachment {name} ({part.get_content_type()}) of the mail {subject!r} is not read."
            gathered.refuse(f"{reason} Save it, and add it by itself.", str(name))
    addresses = getaddresses([_header(message, "from")])
    return _Mail(
        subject=subject,
        author=next((name or address for name, address in addresses if name or address), None),
        at=moment,
        id=_header(message, "message-id").strip("<> \t") or None,
        to=_header(message, "to"),
        refers=re.findall(r"<([^<>\s]+)>", f"{_header(message, 'references')} {_header(message, 'in-reply-to')}"),
        said=list(split_quotes(body, zone=moment.tzinfo if moment else None)),
        enclosed=enclosed,
    )


def _take(gathered: Gathered, mail: _Mail, thread: str | None, known: set[int]) -> None:
    for inner in mail.enclosed:
        _take(gathered, inner, thread, set())
    attributes = {"session": thread} if thread else {}
    name = mail.id or ""
    for number, said in enumerate(mail.said, start=1):
        own = not said.depth
        shingles = _shingles(said.text)
        if not own and (not shingles or len(shingles & known) >= _SAME * len(shingles)):
            continue  # it is here as a mail of its own
        text = "\n\n".join(unwrapped(each) for each in re.split(r"\n[ \t]*\n\s*", said.text) if each.strip())
        if own:
            told = {"subject": mail.subject, "to": mail.to}
            attributes |= {key: value[:500] for key, value in told.items() if value.strip()}
            text = "\n\n".join(filter(None, (_REPLY_MARK.sub("", mail.subject).strip(), text)))
        try:
            gathered.take(
                text,
                id=(name if own else f"{name} quoted {number}") if name else None,
                speaker=mail.author if own else said.author,
                at=mail.at if own else said.at,
                attributes=attributes,
            )
        except FormatError as problem:
            gathered.refuse(f"The mail {mail.subject!r}: {problem}", text)


def _threads(mails: list[_Mail]) -> dict[int, str]:
    """Name the conversation each mail is part of, by its subject: mails that refer to each other are one."""
    root_of: dict[str, str] = {}
    names: dict[str, str] = {}
    taken: dict[str, int] = {}
    threads = {}
    for number, mail in enumerate(mails):
        mine = [*mail.refers, mail.id or f"#{number}"]
        root = next((root_of[each] for each in mine if each in root_of), mine[0])
        root_of.update(dict.fromkeys(mine, root))
        if root not in names:
            subject = _REPLY_MARK.sub("", mail.subject).strip() or "no subject"
            taken[subject] = taken.get(subject, 0) + 1
            names[root] = subject[:200] if taken[subject] == 1 else f"{subject[:200]} ({taken[subject]})"
        threads[id(mail)] = names[root]
    return threads


def _shingles(text: str) -> set[int]:
    words = re.findall(r"\w+", text.casefold())
    return {hash(tuple(words[n : n + _SHINGLE])) for n in range(max(len(words) - _SHINGLE + 1, min(len(words), 1)))}


def _parts(message: Message) -> Iterator[tuple[Message, str]]:
    """Yield the parts that are read, in order: "text" or "mail"; and, as "attachment", those that are not."""
    kind = message.get_content_type()
    if kind == "message/rfc822" and message.is_multipart():
        for inner in message.get_payload():
            if isinstance(inner, Message):
                yield inner, "mail"
    elif message.is_multipart():
        parts = [part for part in message.get_payload() if isinstance(part, Message)]
        if kind == "multipart/alternative":
            parts = [_best(parts)] if parts else []
        for part in parts:
            yield from _parts(part)
    elif kind in {"text/plain", "text/html"} and message.get_content_disposition() != "attachment":
        yield message, "text"
    elif kind not in _SIGNATURES:
        yield message, "attachment"


def _best(parts: list[Message]) -> Message:
    """Choose among the same in several forms: plain text, if there is any in it, else the last that can be read."""
    plain = [part for part in parts if part.get_content_type() == "text/plain" and _decoded(part).strip()]
    readable = [part for part in parts if any(kind == "text" for _, kind in _parts(part))]
    return (plain or readable[-1:] or parts)[0]


def _body(part: Message) -> str:
    text = _decoded(part).replace("\r\n", "\n").replace("\0", "")
    if part.get_content_type() == "text/html":
        return quoted_text(text)
    if str(part.get_param("format") or "").lower() == "flowed":
        text = re.sub(r"(?m)(?<=\S) \n(?![>\n]|-- $)", " ", text)
    return text


def _decoded(part: Message) -> str:
    """Text in the charset it declares, in UTF-8 where it is that, whatever it declares."""
    raw = part.get_payload(decode=True)
    data = raw if isinstance(raw, bytes) else str(raw or "").encode("utf-8", "surrogateescape")
    declared = (part.get_content_charset() or "utf-8").lower()
    plain = str(part.get("content-transfer-encoding") or "7bit").strip().lower() not in {"base64", "quoted-printable"}
    for charset in ("utf-8" if plain else declared, _WINDOWS.get(declared, declared), "utf-8"):
        try:
            return data.decode(charset)
        except (LookupError, UnicodeDecodeError):
            continue
    return data.decode("cp1252", "replace")


def _header(message: Message, name: str) -> str:
    """Return a header, decoded; what the parser stumbles over is decoded by itself."""
    try:
        return " ".join(str(message.get(name) or "").split())
    except (MessageError, ValueError, LookupError, AttributeError, TypeError, ArithmeticError):
        raw = next((str(value) for key, value in message.raw_items() if key.lower() == name), "")
    try:
        return " ".join(str(make_header(decode_header(raw))).split())
    except (MessageError, ValueError, LookupError):
        return " ".join(raw.split())


def _date(gathered: Gathered, message: Message) -> datetime | None:
    written = _header(message, "date")
    if not written:
        return None
    try:
        return parsedate_to_datetime(written)
    except (ValueError, TypeError, OverflowError):
        gathered.remark("The mail's date can't be read.", written)
        return None


def _page(message: Message) -> Message | None:
    return next(
        (part for part in message.walk() if part.get_content_type() in {"text/html", "application/xhtml+xml"}), None
    )


def _read_page(message: Message, source: str, at: datetime | None, max_chars: int) -> Parsed:
    page = _page(message)
    if page is None:
        raise FormatError(f"{source}: the saved page holds no HTML.")
    parsed = read_html(_decoded(page), source=source, at=at, max_chars=max_chars)
    gathered = Gathered(max_chars)
    saved = _date(gathered, message)
    title = parsed.title or _header(message, "subject") or None
    remarks = (*parsed.remarks, *gathered.remarks)
    return parsed.model_copy(update={"title": title, "at": parsed.at or saved, "remarks": remarks})
