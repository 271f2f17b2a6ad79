"""HTTP for uploads and downloads: streamed from and to disk, always with a time limit, errors told apart.

One attempt per call: whoever calls knows whether trying again is right, and looks at the remote's state first.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import requests

from tagship.errors import RemoteRefused, RemoteUnreachable

CONNECT_TIMEOUT: Final = 15.0
_SLOWEST: Final = 100_000
"""Bytes a second below which an upload is given up: 100 kB/s."""


class Transient(RemoteUnreachable):
    """Failed in a way that may pass: a broken connection, 5xx, a rate limit; ``wait`` is what the remote asked for, seconds."""

    def __init__(self, message: str, *, wait: float | None = None) -> None:
        super().__init__(
            message, hint="run it again: it goes on where it stopped; if it stays, look at the remote's status page"
        )
        self.wait = wait


def upload(url: str, path: Path, *, headers: Mapping[str, str], params: Mapping[str, str]) -> Any:
    """POST a file as it is and return the decoded JSON answer.

    Raises:
        Transient: no answer, 5xx or a rate limit.
        RemoteRefused: any other refusal.

    """
    import requests

    size = path.stat().st_size
    timeout = (CONNECT_TIMEOUT, 60 + size / _SLOWEST)
    try:
        with path.open("rb") as stream:
            answer = requests.post(url, data=stream, headers=dict(headers), params=dict(params), timeout=timeout)
    except requests.RequestException as error:
        raise Transient(f"the upload of {path.name} broke off: {type(error).__name__}") from None
    if not answer.ok:
        raise refusal(answer.status_code, answer.headers, message_of(answer.text), f"upload of {path.name}")
    return answer.json()


def send(method: str, url: str, *, doing: str, size: int = 0, **options: Any) -> "requests.Response":
    """Make one request with a time limit and return the answer, whatever its status; redirects are not followed.

    ``size`` is how many bytes travel; ``options`` are those of ``requests.request``.

    Raises:
        Transient: no answer.

    """
    import requests

    timeout = (CONNECT_TIMEOUT, 60 + size / _SLOWEST)
    try:
        return requests.request(method, url, timeout=timeout, allow_redirects=False, **options)
    except requests.RequestException as error:
        raise Transient(f"{doing}: no answer ({type(error).__name__})") from None


@contextmanager
def reading(doing: str) -> Iterator[None]:
    """Tell a stream that breaks off while it is read as what it is.

    Raises:
        Transient: it broke off.

    """
    import requests

    try:
        yield
    except requests.RequestException as error:
        raise Transient(f"{doing}: broke off ({type(error).__name__})") from None


def refusal(
    status: int, headers: Mapping[str, str], message: str, doing: str, hints: Mapping[int, str] | None = None
) -> RemoteRefused | Transient:
    """Turn an HTTP error into the right exception; ``hints`` say what to do at which status, GitHub's unless given.

    https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api: limits answer 403 or 429, with
    ``retry-after`` (seconds) or ``x-ratelimit-remaining: 0``.
    """
    wait = headers.get("retry-after") or headers.get("Retry-After")
    limited = wait is not None or headers.get("x-ratelimit-remaining") == "0" or "rate limit" in message.lower()
    if status >= 500 or status == 429 or (status == 403 and limited):  # noqa: PLR2004
        seconds = float(wait) if wait and wait.isdigit() else None
        return Transient(f"{doing}: the remote answered {status} {message}", wait=seconds)
    return RemoteRefused(
        f"{doing}: the remote answered {status} {message}",
        hint=(_HINTS if hints is None else hints).get(status, "read the message above"),
    )


def message_of(body: str) -> str:
    """Return the one line of an error answer that says why."""
    import json

    try:
        data = json.loads(body)
    except ValueError:
        return " ".join(body.split())[:200]
    if not isinstance(data, dict):
        return ""
    errors = data.get("errors")
    listed = errors if isinstance(errors, list) else []
    details = [str(e.get("code") or e.get("message") or "") for e in listed if isinstance(e, dict)]
    return " ".join(filter(None, [str(data.get("message", "")), *details]))[:300]


_HINTS: Final[dict[int, str]] = {
    401: "the token is wrong or expired: pass a valid one",
    403: "the token may not do this: in a workflow the job needs `permissions: contents: write`",
    404: "no such repository, or the token may not see it: mend GITHUB_REPOSITORY or the token's permissions",
    422: "the remote refuses this value; an immutable release or a used-up tag cannot be changed: release a new version",
}
