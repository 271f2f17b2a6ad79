"""Structs are read by one thread at a time, everywhere."""

import ast
import threading
from pathlib import Path

import msgspec
import pytest

import tagship
from tagship.domain.text import structs

SOURCES = [path for path in Path(tagship.__file__).parent.rglob("*.py") if path.name != "structs.py"]


class Pair(msgspec.Struct):
    a: int
    b: int = 0


def test_json_and_plain_values_become_structs() -> None:
    assert structs.decode('{"a": 1}', Pair) == structs.convert({"a": 1}, Pair) == Pair(1)
    with pytest.raises(msgspec.ValidationError):
        structs.convert({"a": "1"}, Pair)


def test_a_second_thread_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a struct is made of is worked out at its first use; a thread that sees it half done crashes the process."""
    inside = threading.Semaphore(1)
    met: list[bool] = []
    real = msgspec.convert

    def convert(value: object, kind: type[Pair]) -> Pair:
        met.append(inside.acquire(blocking=False))
        try:
            threading.Event().wait(0.02)
            return real(value, kind)
        finally:
            inside.release()

    monkeypatch.setattr(msgspec, "convert", convert)
    threads = [threading.Thread(target=structs.convert, args=({"a": 1}, Pair)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert met == [True] * 4


def test_nothing_reads_structs_past_it() -> None:
    """Plain types (``dict[str, Any]``) may be read anywhere."""
    past = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"msgspec.convert", "msgspec.json.decode"}:
                kinds = [word.value for word in node.keywords if word.arg == "type"] or node.args[1:]
                past += [f"{path.name}:{node.lineno}" for kind in kinds if not isinstance(kind, ast.Subscript)]
    assert past == []
