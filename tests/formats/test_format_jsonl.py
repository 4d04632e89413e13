import json

from memos_graph.formats import parse


def test_bad_lines_are_reported_by_number_and_the_rest_goes_in():
    lines = [
        json.dumps({"role": "user", "content": "First."}),
        '{"role": "user", "content": "cut off',
        "",
        json.dumps({"role": "user", "content": ""}),
        "[1, 2]",
        json.dumps({"role": "user", "content": "Last."}),
    ]
    parsed = parse("\n".join(lines), name="talk.jsonl")
    assert [entry.text for entry in parsed.entries] == ["First.", "Last."]
    assert [(bad.line, bad.reason.partition(":")[0]) for bad in parsed.rejected] == [
        (2, "Not valid JSON"),
        (4, "The text is empty."),
        (5, "A message is an object, not list."),
    ]
    assert parsed.rejected[0].excerpt == lines[1]


def test_bytes_that_are_not_utf8_spoil_only_their_line():
    data = b'{"content": "fine"}\n{"content": "caf\xe9"}\n{"content": "fine too"}\n'
    parsed = parse(data, name="talk.jsonl")
    assert [entry.text for entry in parsed.entries] == ["fine", "fine too"]
    assert parsed.rejected[0].line == 2
    assert "not UTF-8: byte 0xe9" in parsed.rejected[0].reason


def test_json_lines_are_known_by_their_content():
    parsed = parse('{"content": "one"}\n{"content": "two"}\n', name="upload", media_type="application/json")
    assert [entry.text for entry in parsed.entries] == ["one", "two"]


def test_windows_line_ends_and_a_byte_order_mark():
    parsed = parse(b'\xef\xbb\xbf{"content": "one"}\r\n{"content": "two"}\r\n', name="talk.jsonl")
    assert [entry.text for entry in parsed.entries] == ["one", "two"]
