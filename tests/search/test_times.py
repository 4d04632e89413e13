"""The day where it was said, the reader's today, and what is known before it comes."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from memos_graph import Filters, Memory, MemOS, Message, Settings
from memos_graph.errors import ConfigurationError, InputError
from memos_graph.search.selection import Selection, select
from memos_graph.types import MemCube


def said(text: str, at: str, **more: str) -> Message:
    return Message(text=text, at=datetime.fromisoformat(at), speaker="Ana", **more)


def day(cube: MemCube) -> str:
    return f"{cube.descriptive.valid_from:%Y-%m-%d %H:%M}"


SAID = [
    ("I met the baker today.", "2026-08-11T22:45:00-07:00", "2026-08-11 00:00"),
    ("I met the baker yesterday.", "2026-08-11T22:45:00-07:00", "2026-08-10 00:00"),
    ("We saw the otters this morning.", "2026-08-12T06:10:00+12:00", "2026-08-12 05:00"),
    ("I rang the school an hour ago.", "2026-08-12T00:30:00+05:45", "2026-08-11 23:00"),
    ("Last month we painted the shed.", "2026-09-01T05:00:00+10:00", "2026-08-01 00:00"),
    ("Last year I learned to swim.", "2026-01-01T08:00:00+13:00", "2025-01-01 00:00"),
    ("This week I repair the fence.", "2026-08-09T21:00:00-04:00", "2026-08-03 00:00"),
    ("We moved in on 3 May 2021.", "2026-08-11T22:45:00-07:00", "2021-05-03 00:00"),
]


def test_a_day_is_that_of_the_place_where_it_was_said(space: Memory) -> None:
    cubes = space.add([said(text, at) for text, at, _ in SAID]).added
    assert [day(space.get(cube)) for cube in cubes] == [right for _, _, right in SAID]
    facts = [[day(space.get(node.id)) for node in space.lineage(cube).downstream()] for cube in cubes]
    assert facts == [[right] for _, _, right in SAID]
    # What names no time is as old as the moment it was said at.
    (cube,) = space.add([said("My sister keeps bees.", "2026-08-11T22:45:00-07:00")]).added
    assert space.get(cube).descriptive.valid_from == datetime(2026, 8, 12, 5, 45, tzinfo=UTC)


def test_a_zone_of_any_width_is_taken(space: Memory) -> None:
    (cube,) = space.add([said("Yesterday we left the harbour.", "2026-08-12T01:00:00+23:00")]).added
    found = space.get(cube).descriptive
    assert (day(space.get(cube)), found.said_at) == ("2026-08-11 00:00", datetime(2026, 8, 11, 2, tzinfo=UTC))


def test_a_correction_is_read_where_the_first_was_said(space: Memory) -> None:
    message = said("I met the baker today.", "2026-08-11T22:45:00-07:00", id="m1")
    (cube,) = space.add([message]).added
    space.update(cube, text="I met the butcher yesterday.")
    assert day(space.get(cube)) == "2026-08-10 00:00"


def test_sending_it_again_in_another_zone_changes_nothing(space: Memory) -> None:
    message = said("I met the baker today.", "2026-08-11T22:45:00-07:00", id="m1")
    space.add([message])
    assert message.at is not None
    again = message.model_copy(update={"at": message.at.astimezone(UTC)})
    assert space.add([again]).unchanged == 1


def test_a_line_for_the_model_has_the_day_of_the_place(memos: MemOS, space: Memory) -> None:
    space.add([said("I met the baker today.", "2026-08-11T22:45:00-07:00")])
    (line,) = select(memos._services.runner, Selection(), space=space.space, principal=space.principal)
    assert line.text == "[2026-08-11] Ana: I met the baker today."
    # An export keeps the zone, so that what is read from it again means the same day.
    assert [json.loads(each)["at"] for each in space.export()] == ["2026-08-11T22:45:00-07:00"]


def test_what_has_no_date_is_said_where_the_reader_is(memos: MemOS, principal: str) -> None:
    for name in ("Pacific/Kiritimati", "Etc/GMT+12"):  # 26 hours apart: never on the same day
        space = memos.mount(f"{principal}/notes-{name[:3]}", principal=principal, timezone=name)
        before = datetime.now(ZoneInfo(name))
        (cube,) = space.add("The plumber came today and mended the tap.").added
        assert day(space.get(cube))[:10] in {f"{before:%Y-%m-%d}", f"{datetime.now(ZoneInfo(name)):%Y-%m-%d}"}


def test_the_readers_today(memos: MemOS, mount: Callable[..., Memory], principal: str) -> None:
    mount()
    for name, hours in (("Pacific/Kiritimati", 14), ("Etc/GMT+12", -12)):
        call = memos.mount(f"{principal}/notes", principal=principal, timezone=name).read_question(
            "What did I do today?"
        )
        assert call.begins is not None
        here = call.begins.astimezone(ZoneInfo(name))
        assert (here.hour, here.utcoffset()) == (0, timedelta(hours=hours))


def test_a_question_can_say_when_and_where_it_is_asked(space: Memory) -> None:
    late, early = "2026-08-11T22:45:00-07:00", "2026-08-11T03:00:00-07:00"
    space.add([said("The heron stood in the pond.", late, id="a"), said("The heron flew to the roof.", early, id="b")])
    asked = datetime.fromisoformat("2026-08-12T09:00:00-07:00")
    found = space.search("What did the heron do yesterday?", at=asked)
    assert (found.call.begins, found.call.ends) == (
        datetime(2026, 8, 11, 7, tzinfo=UTC),
        datetime(2026, 8, 12, 7, tzinfo=UTC),
    )
    assert {hit.cube.descriptive.origin_id: hit.why["date"] for hit in found.hits} == {"a": 1.0, "b": 1.0}
    hour = space.read_question("What did the heron do yesterday at 9am?", at=asked)
    assert (hour.begins, hour.ends) == (found.call.begins, found.call.ends)


def test_a_zone_that_is_none_is_refused(memos: MemOS, principal: str) -> None:
    for wrong in ("Mars/Olympus", "../etc/passwd", "Europe", "+02:00"):
        with pytest.raises(InputError, match="is not a time zone"):
            memos.mount(f"{principal}/notes", principal=principal, timezone=wrong)
        with pytest.raises(ConfigurationError, match="is not a time zone"):
            Settings.load(timezone=wrong)
    assert str(Settings.load(timezone="Asia/Tokyo").zone) == "Asia/Tokyo"


APPOINTMENT = "My eye test is on 7 May at the clinic."


def test_an_appointment_is_found_before_its_day(space: Memory) -> None:
    space.add(
        [said(APPOINTMENT, "2026-05-01T10:00:00+02:00"), said("My clinic card is blue.", "2026-05-03T10:00:00+02:00")]
    )

    def at(moment: str, **more: datetime) -> bool:
        filters = Filters(valid_at=datetime.fromisoformat(moment), **more)
        return APPOINTMENT in {hit.cube.text for hit in space.search("When is my eye test?", filters=filters).hits}

    assert (
        day(next(hit.cube for hit in space.search("eye test").hits if hit.cube.text == APPOINTMENT))
        == "2026-05-07 00:00"
    )
    assert not at("2026-04-30T10:00:00+02:00")  # nobody had told
    assert at("2026-05-01T10:00:00+02:00")
    assert at("2026-05-04T10:00:00+02:00")
    assert at("2026-05-07T10:00:00+02:00")
    assert at("2026-06-07T10:00:00+02:00")
    assert at("2026-05-04T10:00:00+02:00", as_of=datetime.now(UTC))


def test_what_is_told_later_was_true_before(space: Memory) -> None:
    text = "I moved to Malmo on 2 March 2026."
    space.add([said(text, "2026-05-01T10:00:00+02:00")])

    def at(moment: datetime) -> list[str]:
        return [hit.cube.text for hit in space.search("Malmo", filters=Filters(valid_at=moment)).hits]

    assert at(datetime(2026, 4, 1, tzinfo=UTC)) == [text]
    assert at(datetime(2026, 2, 1, tzinfo=UTC)) == []
