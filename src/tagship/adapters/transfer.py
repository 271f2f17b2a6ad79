"""Whole files over HTTP: streamed from and to disk, so that memory stays flat, and watched on their way."""

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from tagship.adapters import http
from tagship.errors import IntegrityError

if TYPE_CHECKING:
    import requests

_PIECE: Final = 1 << 20


def upload(
    url: str,
    path: Path,
    *,
    headers: Mapping[str, str],
    params: Mapping[str, str],
    watch: Callable[[int], None],
    answered: Callable[[Mapping[str, str]], None],
) -> Any:
    """POST a file as it is, from disk, and return the decoded JSON answer; ``answered`` is given the answer's headers.

    The length is told (upload hosts refuse chunks, denoland/deno#24197) and nothing is asked before the body is sent.

    Raises:
        IntegrityError: the file became shorter meanwhile.
        Transient: no answer, 5xx or a rate limit.
        RemoteRefused: any other refusal.

    """
    doing, size = f"upload of {path.name}", path.stat().st_size
    with path.open("rb") as stream:
        body = _Watched(stream, size, watch)
        answer = http.send(
            "POST",
            url,
            doing=doing,
            patience=http.ANSWER_TIMEOUT,
            data=body,
            headers=headers,
            params=params,
            auth=http.keep_headers,
        )
    answered(answer.headers)
    http.require_success(answer, doing, http.HINTS)
    with http.reading(doing):
        return answer.json()


def sha256_at(url: str, *, size: int, headers: Mapping[str, str]) -> str:
    """Download ``size`` bytes without keeping them and return their SHA-256; a redirect to another host gets no token.

    Raises:
        Transient: no answer, 5xx, a rate limit, or another length.
        RemoteRefused: any other refusal.

    """
    digest = hashlib.sha256()
    for chunk in _chunks(url, size, headers):
        digest.update(chunk)
    return digest.hexdigest()


def sha256_of_answer(answer: "requests.Response", doing: str, *, most: int) -> str:
    """Hash an answer that is read as it comes, and no more than ``most`` bytes and one: a longer one is another file.

    Raises:
        Transient: it broke off.

    """
    digest, seen = hashlib.sha256(), 0
    with answer, http.reading(doing):
        for piece in answer.iter_content(_PIECE):
            digest.update(piece)
            seen += len(piece)
            if seen > most:
                break
    return digest.hexdigest()


def download(url: str, to: Path, *, size: int, headers: Mapping[str, str]) -> None:
    """Download ``size`` bytes into a file; a redirect to another host gets no token.

    Raises:
        Transient: no answer, 5xx, a rate limit, or another length.
        RemoteRefused: any other refusal.

    """
    with to.open("wb") as stream:
        for chunk in _chunks(url, size, headers):
            stream.write(chunk)


def _chunks(url: str, size: int, headers: Mapping[str, str]) -> Iterator[bytes]:
    import requests

    doing, seen = "download of an asset", 0
    ends = time.monotonic() + http.time_for(size)
    timeout = (http.CONNECT_TIMEOUT, 60.0)
    with (
        http.reading(doing),
        requests.get(url, headers=dict(headers), stream=True, timeout=timeout, auth=http.keep_headers) as answer,
    ):
        http.require_success(answer, doing, http.HINTS)
        for chunk in answer.iter_content(_PIECE):
            seen += len(chunk)
            if seen > size or time.monotonic() > ends:
                break
            yield chunk
    if seen != size:
        raise http.Transient(f"{doing}: {size} bytes were told, {seen} came in time")


class _Watched:
    """A file that is watched while it is sent; it ends where its size said it would."""

    def __init__(self, stream: BinaryIO, size: int, watch: Callable[[int], None]) -> None:
        self._stream, self._size, self._watch = stream, size, watch

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        sent = 0
        while sent < self._size:
            self._watch(sent)
            piece = self._stream.read(min(_PIECE, self._size - sent))
            if not piece:
                raise IntegrityError("it became shorter while it was sent", hint="nothing was published; build again")
            yield piece
            sent += len(piece)
        self._watch(sent)
