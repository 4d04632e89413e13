"""Whether a text is a log. A log has dates, or a name that comes back; a list of ``Key: value`` lines has neither."""

from collections import Counter
from collections.abc import Sequence

from memos_graph.formats.logs.layout import Row, by_program, lay_out
from memos_graph.formats.logs.lines import Frame
from memos_graph.formats.logs.signal import is_sigtop

_FEWEST_TURNS = 2
_FEWEST_NAMES = 3
_MOST_PREAMBLE = 6  # lines
_DATED_SHARE = 5  # one line in so many
_FRAMED = {Frame.BRACKETS, Frame.DASH, Frame.COLUMNS, Frame.BEHIND}
_FIELD_NAMES = """
    name names address birthday birthdate born phone telephone mobile tel fax email e-mail mail web website url date time when where
    place location who what why how title subject re from to cc bcc sender reply-to sent received message-id mime-version content-type
    return-path x-mailer author authors by note notes nb ps p.s tip tips todo warning example step steps ingredients method serves servings
    yield prep cook total difficulty present absent attendees agenda minutes item topic decision decisions action actions owner
    due status priority price cost total amount quantity size weight color colour type category tags version license source
    summary description details reason result key value id number no q a question answer pro con pros cons allergies allergy diet
    city country state street zip postcode age sex gender height blood doctor insurance username user-name login password pin
    monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun breakfast lunch dinner
    info error warn debug trace fatal critical warning notice
    adresse anschrift geburtstag telefon datum zeit ort betreff von an notiz zutaten zubereitung anwesend tagesordnung beschluss
    preis nombre dirección cumpleaños teléfono fecha hora lugar asunto de para nota ingredientes preparación nom prénom
    objet ingrédients préparation nome endereço telefone data assunto ingredienti preparazione naam adres
"""
_FIELDS = set(_FIELD_NAMES.split())


def looks_like_log(lines: Sequence[str], *, undated: bool = True) -> bool:
    """Whether these first lines of a text are those of a log; with ``undated=False``, of one with stamps."""
    if is_sigtop("\n".join(lines[:_MOST_PREAMBLE])):
        return True
    layout = lay_out(lines)
    filled = [row for row in layout.rows if row.raw.strip()]
    return _has_stamps(filled) or (undated and _is_spoken(filled))


def _has_stamps(filled: Sequence[Row]) -> bool:
    dated = [row.dated for row in filled if row.dated]
    names = [line.said.name for line in dated if line.said]
    if not names or 2 * sum(map(_is_field, set(names))) > len(set(names)):
        return False
    if not _are_most(filled) and not _begins_as_log(filled):
        return False
    if any(line.stamp.day for line in dated):
        return True
    nicks = any(line.rest.lstrip().startswith("<") or line.frame is Frame.COLUMNS for line in dated)
    return nicks or _repeated(names)


def _are_most(filled: Sequence[Row]) -> bool:
    return 2 * sum(bool(row.dated or row.header) for row in filled) >= len(filled)


def _begins_as_log(filled: Sequence[Row]) -> bool:
    """Whether long messages make stamps rare in a log, which is no document around a few lines of talk."""
    places = [place for place, row in enumerate(filled) if row.dated and row.dated.stamp.day]
    if not places or places[0] > _MOST_PREAMBLE:
        return False
    first = filled[places[0]].dated
    if places[0] == 0 and first and (first.frame in _FRAMED or by_program(first)):
        return len(places) >= _FEWEST_TURNS or by_program(first)
    return len(places) >= _FEWEST_TURNS and _DATED_SHARE * len(places) >= len(filled)


def _repeated(names: Sequence[str]) -> bool:
    """Whether most turns are by people who speak more than once."""
    counts = Counter(names)
    return 2 * sum(count for count in counts.values() if count > 1) > len(names)


def _is_spoken(filled: Sequence[Row]) -> bool:
    names = [row.spoken.name for row in filled if row.spoken]
    if len(names) < _FEWEST_TURNS or 2 * len(names) < len(filled):
        return False
    return not any(map(_is_field, names)) and not _are_records(names) and _come_back(names)


def _is_field(name: str) -> bool:
    words = name.casefold().split()
    return name.casefold() in _FIELDS or (len(words) > 1 and words[-1].rstrip("s") in _FIELDS)


def _come_back(names: Sequence[str]) -> bool:
    """Whether somebody speaks again after somebody else did, and most turns are by such people."""
    counts = Counter(names)
    again = {
        name for place, name in enumerate(names) if place and names[place - 1] != name and name in names[: place - 1]
    }
    return 2 * sum(counts[name] for name in again) > len(names)


def _are_records(names: Sequence[str]) -> bool:
    """Whether the same three or more names come in the same order again and again, as fields of cards do."""
    period = next((place for place, name in enumerate(names) if place and name == names[0]), 0)
    return period >= _FEWEST_NAMES and all(name == names[place % period] for place, name in enumerate(names))
