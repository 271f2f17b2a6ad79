"""Small public files fetched whole: a bounded number of bytes, a time limit, a few attempts."""

from typing import Final

from tagship.adapters import http
from tagship.errors import RemoteRefused
from tagship.ports import Clock

_ATTEMPTS: Final = 3
_MOST: Final = 32 << 20
_PIECE: Final = 1 << 20
_NONE: Final = frozenset({404, 410})


def fetch(url: str, clock: Clock, *, attempts: int = _ATTEMPTS) -> bytes | None:
    """Return what is at a public address; ``None`` where there is nothing. Redirects are followed, no token is sent.

    Raises:
        Transient: no answer, one that broke off, or an error that may pass, each time.
        RemoteUnreachable: its certificate is not trusted.
        RemoteRefused: any other refusal, or too much.

    """
    for attempt in range(1, attempts + 1):
        try:
            return _once(url)
        except http.Transient as error:
            if attempt == attempts:
                raise
            clock.sleep(min(error.wait or 2**attempt, 30))
    return None


def _once(url: str) -> bytes | None:
    import requests

    headers, timeout, data = {"User-Agent": http.AGENT}, (http.CONNECT_TIMEOUT, 60), bytearray()
    doing = f"download of {url.rpartition('/')[2] or url}"
    try:
        with requests.get(url, headers=headers, stream=True, timeout=timeout, auth=http.keep_headers) as answer:
            if answer.status_code in _NONE:
                return None
            if not answer.ok:
                raise http.refusal(answer.status_code, answer.headers, "", doing)
            for piece in answer.iter_content(_PIECE):
                data += piece
                if len(data) > _MOST:
                    hint = "give the address of the file itself"
                    raise RemoteRefused(f"{doing}: more than {_MOST >> 20} MB", hint=hint)
    except requests.RequestException as error:
        raise http.no_answer(error, doing) from None
    return bytes(data)
