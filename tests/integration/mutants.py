"""Bundles with one thing changed: every leaf of a JSON document, bit by bit where it is Base64, and taken away."""

import base64
import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

from tagship.errors import IntegrityError

Document = dict[str, Any]
Place = tuple[str | int, ...]
ENTRY: Place = ("verificationMaterial", "tlogEntries", 0)
SAME_MEANING = {(*ENTRY, "integratedTime"), (*ENTRY, "logIndex"), (*ENTRY, "inclusionProof", "logIndex")}
"""Zero and nothing are one number; Rekor v2 tells no time."""


def leaves(document: Any, place: Place = ()) -> Iterator[Place]:
    inner = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else None
    )
    if inner is None:
        yield place
    for key, value in inner or ():
        yield from leaves(value, (*place, key))


def at(document: Any, place: Place) -> Any:
    for key in place:
        document = document[key]
    return document


def others(value: Any) -> Iterator[Any]:
    """Give other values of the same and of other shapes: bits flipped all over what is Base64, other spellings of it."""
    if isinstance(value, str):
        yield from (value[:-1] + ("A" if value[-1:] != "A" else "B"), "", "é", f"{value}=", f" {value}")
        if value.isdigit():
            yield from (str(int(value) + 1), "-1", str(2**70))
        elif (raw := decoded(value)) is not None:
            for position in sorted({len(raw) * part // 24 for part in range(24)} | {len(raw) - 1}):
                yield encoded(raw[:position] + bytes([raw[position] ^ 1]) + raw[position + 1 :])
            yield encoded(raw + b"\0")
    yield from (None, 1, True, [], {})


def decoded(value: str) -> bytes | None:
    try:
        return base64.b64decode(value, validate=True) or None
    except ValueError:
        return None


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def mutants(document: Document) -> Iterator[tuple[str, Document]]:
    for place in leaves(document):
        value = at(document, place)
        given = "0" if place in SAME_MEANING and value == "0" else None
        for other in others(value):
            if other != value and not (given and other is None):
                changed = copy.deepcopy(document)
                at(changed, place[:-1])[place[-1]] = other
                yield f"{place} = {str(other)[:40]!r}", changed
        if not given:
            changed = copy.deepcopy(document)
            del at(changed, place[:-1])[place[-1]]
            yield f"{place} taken away", changed


def accepted(bundle: bytes, check: Callable[[bytes], object]) -> tuple[list[str], int]:
    """Check every mutant of a bundle: which were accepted, and how many were tried."""
    found, tried = [], 0
    for what, changed in mutants(json.loads(bundle)):
        tried += 1
        try:
            check(json.dumps(changed).encode())
        except IntegrityError:
            continue
        found.append(what)
    return found, tried
