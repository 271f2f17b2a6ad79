"""Every request in order of arrival. The token itself is never kept, only whether it was right."""

import json
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final, Literal

from tests.fakes.github.messages import Host

Authorization = Literal["absent", "right", "wrong"]
HEADERS_OF_INTEREST: Final = (
    "accept",
    "content-type",
    "content-length",
    "expect",
    "range",
    "transfer-encoding",
    "user-agent",
    "x-github-api-version",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    number: int
    host: Host
    method: str
    path: str
    query: Mapping[str, str]
    authorization: Authorization
    headers: Mapping[str, str] = field(default_factory=dict)
    body_size: int = 0
    status: int | None = None  # None until answered, and for ever when no answer was sent
    fault: str | None = None


class Journal:
    """The requests so far; also one JSON object a line in `file`, written when a request is over."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._entries: list[Entry] = []
        self._over = 0

    @property
    def entries(self) -> tuple[Entry, ...]:
        with self._lock:
            return tuple(self._entries)

    def begin(self, entry: Entry) -> Entry:
        """Give the request its number, from 1."""
        with self._lock:
            numbered = replace(entry, number=len(self._entries) + 1)
            self._entries.append(numbered)
            return numbered

    def end(self, number: int, *, body_size: int, status: int | None, fault: str | None) -> None:
        with self._lock:
            ended = replace(self._entries[number - 1], body_size=body_size, status=status, fault=fault)
            self._entries[number - 1] = ended
            self._over += 1
            if self._file is not None:
                with self._file.open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps(asdict(ended)) + "\n")

    @property
    def is_quiet(self) -> bool:
        """Tell whether every request that began is over."""
        with self._lock:
            return self._over == len(self._entries)

    def lines(self) -> list[str]:
        """Say each request briefly: `POST /repos/octo/demo/releases 201`."""
        return [f"{entry.method} {entry.path} {entry.status}" for entry in self.entries]


def of_interest(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: headers[name] for name in HEADERS_OF_INTEREST if name in headers}
