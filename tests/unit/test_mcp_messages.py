"""JSON-RPC as MCP frames it, read strictly; event streams; headers."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagship.mcp import headers
from tagship.mcp.events import Events
from tagship.mcp.messages import (
    Answer,
    Batch,
    Lines,
    Noise,
    Notice,
    Question,
    Refusal,
    TooMuchError,
    decode,
)

HEAD = '{"jsonrpc":"2.0",'


def kinds(line: str | bytes) -> list[type]:
    data = line if isinstance(line, bytes) else line.encode()
    return [type(message) for message in decode(data, "line 1")]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (HEAD + '"id":1,"result":{}}', Answer),
        (HEAD + '"id":"a","result":null}', Answer),
        (HEAD + '"id":1,"error":{"code":-1,"message":"m"}}', Refusal),
        (HEAD + '"id":null,"error":{"code":-1,"message":"m","data":[]}}', Refusal),
        (HEAD + '"error":{"code":-1,"message":"m"}}', Refusal),
        (HEAD + '"id":1,"method":"ping"}', Question),
        (HEAD + '"method":"x","params":{}}', Notice),
        (' {"method":"x", "jsonrpc":"2.0"} \r', Notice),
    ],
)
def test_messages(line: str, kind: type) -> None:
    """Each kind of message is told by its members."""
    assert kinds(line) == [kind]


@pytest.mark.parametrize(
    "line",
    [
        "Hello", "{", "1", "null", '"x"', "[]", "{}", '{"id":1,"result":{}}', '{"jsonrpc":"1.0","id":1,"result":{}}',
        '{"jsonrpc":2.0,"id":1,"result":{}}', HEAD + '"id":true,"result":{}}', HEAD + '"id":1.5,"result":{}}',
        HEAD + '"id":null,"result":{}}', HEAD + '"result":{}}', HEAD + '"id":1}', HEAD + '"id":1,"result":1,"error":{}}',
        HEAD + '"id":1,"error":{"code":"x","message":"m"}}', HEAD + '"id":1,"error":"m"}', HEAD + '"id":1,"method":5}',
        HEAD + '"id":1,"method":"x","result":{}}', HEAD + '"id":1,"result":NaN}', HEAD + '"id":1,"result":{}} x',
        b'{"jsonrpc":"2.0","id":1,"result":"\xff"}', b"\xff\xfe{\x00", "[" * 100_000,
    ],
)  # fmt: skip
def test_noise(line: str | bytes) -> None:
    """Whatever is no message is noise, and one line of noise is one piece of it."""
    assert kinds(line) == [Noise]


def test_a_byte_order_mark_is_noise_and_its_message_is_read() -> None:
    """Clients cannot read such a line; the probe goes on, to say what else there is."""
    assert kinds(b"\xef\xbb\xbf" + (HEAD + '"id":1,"result":{}}').encode()) == [Noise, Answer]


def test_depth_is_limited() -> None:
    """Nothing is nested so deep that it could be read and not written again; brackets in texts are no levels."""
    nested = '{"a":' * 97 + '"[{[{"' + "}" * 97
    assert kinds(HEAD + f'"id":1,"result":{nested}}}') == [Answer]
    assert kinds(HEAD + f'"id":1,"result":[[[[{nested}]]]]}}') == [Noise]
    assert kinds(HEAD + '"id":1,"result":"' + "[" * 1000 + '\\""}') == [Answer]


def test_arrays_are_marked() -> None:
    """Version 2025-03-26 has arrays of messages; who decides needs to know."""
    assert kinds("[" + "1," * 10_000 + "1]") == [Noise]
    assert kinds(f'[{HEAD}"id":1,"result":{{}}}}, 5, {HEAD}"method":"x"}}]') == [Batch, Answer, Noise, Notice]


@given(st.lists(st.binary(max_size=20)), st.integers(min_value=1, max_value=7))
def test_lines_do_not_depend_on_how_they_come(pieces: list[bytes], size: int) -> None:
    """However bytes are cut by the pipe, the lines and their numbers are the same."""
    data = b"\n".join(piece.replace(b"\n", b"") for piece in pieces)
    lines = Lines()
    found = [line for at in range(0, len(data), size) for line in lines.feed(data[at : at + size])]
    expected = list(enumerate(data.split(b"\n"), 1))
    assert [*found, lines.rest] == expected


def test_too_much_is_cut_off() -> None:
    """A line without end, and lines without end, are given up with the place."""
    with pytest.raises(TooMuchError, match="line 2 of stdout is longer than 8 MB"):
        _flood(b"x" * 1_000_000, first=b"x\n")
    with pytest.raises(TooMuchError, match="writes without end"):
        _flood(b"x" * 999_999 + b"\n")


def _flood(piece: bytes, first: bytes = b"") -> None:
    lines = Lines()
    lines.feed(first)
    for _ in range(100):
        lines.feed(piece)


@given(st.lists(st.tuples(st.sampled_from(["", "message", "endpoint"]), st.text("ab\u00e9 :", min_size=1, max_size=9))),
       st.sampled_from(["\n", "\r\n", "\r"]), st.integers(min_value=1, max_value=5))  # fmt: skip
def test_events_do_not_depend_on_how_they_come(events: list[tuple[str, str]], end: str, size: int) -> None:
    """However a stream is cut and its lines are ended, the events are the same; comments are none."""
    text = "".join(f": note{end}{f'event: {name}{end}' if name else ''}data: {data}{end}{end}" for name, data in events)
    data, parser = text.encode() + b":", Events()
    found = [event for at in range(0, len(data), size) for event in parser.feed(data[at : at + size])]
    assert found == [(name or "message", data) for name, data in events]


def test_an_event_of_several_lines() -> None:
    """Lines of data are one text; an event without data is none."""
    assert Events().feed(b"\xef\xbb\xbfdata: a\ndata:b\nid: 3\nretry: 1\n\nevent: x\n\ndata\n\n") == [
        ("message", "a\nb"),
        ("message", ""),
    ]


@pytest.mark.parametrize(
    ("value", "header"),
    [
        ("us-west1", "us-west1"),
        ("", ""),
        ("a b", "a b"),
        (" padded ", "=?base64?IHBhZGRlZCA=?="),
        ("line1\nline2", "=?base64?bGluZTEKbGluZTI=?="),
        ("Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?="),
        ("=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="),
    ],
)
def test_values_of_headers(value: str, header: str) -> None:
    """As in the specification's own table of examples."""
    assert headers.encoded(value) == header


def test_mirrored_arguments() -> None:
    """Marked properties are mirrored wherever ``properties`` lead, as text; behind lists, and without a value, they are not."""
    schema: dict[str, Any] = {
        "properties": {
            "a": {"type": "string", "x-mcp-header": "A"},
            "b": {"properties": {"c": {"type": "boolean", "x-mcp-header": "C"}}},
            "d": {"type": "array", "items": {"properties": {"e": {"x-mcp-header": "E"}}}},
            "f": {"type": "integer", "x-mcp-header": "F"},
            "g": {"type": "string", "x-mcp-header": "not a token"},
            "h": {"type": "integer", "x-mcp-header": "H"},
        }
    }
    arguments = {"a": "é", "b": {"c": True}, "d": [{"e": "x"}], "f": None, "g": "x", "h": -7}
    assert headers.of_parameters(schema, arguments) == {
        "Mcp-Param-A": "=?base64?w6k=?=",
        "Mcp-Param-C": "true",
        "Mcp-Param-H": "-7",
    }


def test_ids_of_sessions() -> None:
    """What cannot be a header's value is no session."""
    assert headers.session_id("abc-1") == "abc-1"
    assert headers.session_id("a b") == headers.session_id(None) == headers.session_id("x\r\nEvil: 1") == ""


def test_noise_is_shown_harmlessly() -> None:
    """What steers a terminal is an escape in what is told of a line, and long lines are cut."""
    (noise,) = decode(b"\x1b[2J" + b"x" * 1000, "line 7")
    assert isinstance(noise, Noise)
    assert str(noise).startswith(r"line 7: \x1b[2Jxxx")
    assert len(str(noise)) < 300
    assert json.dumps(str(noise)).isascii() or "…" in str(noise)
