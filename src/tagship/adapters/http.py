"""HTTP: one request, always with a time limit, and its failures told apart.

One attempt per call: whoever calls knows whether trying again is right, and looks at the remote's state first.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import requests

from tagship.errors import RemoteRefused, RemoteUnreachable
from tagship.ports import Tools

CONNECT_TIMEOUT: Final = 15.0
ANSWER_TIMEOUT: Final = 120.0
"""How long an answer may take once a whole file was sent."""
_SLOWEST: Final = 100_000
"""Bytes a second below which a transfer is given up: 100 kB/s."""


class Transient(RemoteUnreachable):
    """Failed in a way that may pass: a broken connection, 5xx, a rate limit; ``wait`` is what the remote asked for, seconds."""

    def __init__(self, message: str, *, wait: float | None = None) -> None:
        super().__init__(
            message, hint="run it again: it goes on where it stopped; if it stays, look at the remote's status page"
        )
        self.wait = wait


class Conflict(RemoteRefused):
    """Refused because the remote is not as it was when last looked at, perhaps: look again before this is final."""


def time_for(size: int) -> float:
    """Return the seconds that a transfer of so many bytes may take."""
    return 60 + size / _SLOWEST


def keep_headers(request: "requests.PreparedRequest") -> "requests.PreparedRequest":
    """Send the headers as they are: without an ``auth``, requests puts what ``~/.netrc`` says in place of our token."""
    return request


def send(
    method: str, url: str, *, doing: str, size: int = 0, patience: float | None = None, **options: Any
) -> "requests.Response":
    """Make one request with a time limit and return the answer, whatever its status; redirects are not followed.

    ``size`` is how many bytes travel, unless ``patience`` says how many seconds an answer may take; ``options`` are
    those of ``requests.request``. Proxies and own certificates are those of the environment.

    Raises:
        Transient: no answer.
        RemoteUnreachable: its certificate is not trusted.

    """
    import requests

    timeout = (CONNECT_TIMEOUT, patience or time_for(size))
    try:
        return requests.request(method, url, timeout=timeout, allow_redirects=False, **options)
    except requests.RequestException as error:
        raise no_answer(error, doing) from None


def no_answer(error: Exception, doing: str) -> RemoteUnreachable:
    """Tell a certificate that nobody here trusts, which stays so, from all that may pass."""
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        hint = "name the file with your organisation's certificates in REQUESTS_CA_BUNDLE"
        return RemoteUnreachable(f"{doing}: the server's certificate is not trusted here", hint=hint)
    return Transient(f"{doing}: it did not answer ({type(error).__name__})")


def object_of(answer: "requests.Response", doing: str) -> dict[str, Any]:
    """Read an answer that must be a JSON object.

    Raises:
        RemoteRefused: it is none: whoever answers is not who was meant.

    """
    try:
        data = answer.json()
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise RemoteRefused(f"{doing}: the answer is no JSON object", hint="mend the channel's address")
    return data


def object_or_none(answer: "requests.Response") -> dict[str, Any] | None:
    """Read an answer that may be a JSON object; what is none is nothing."""
    try:
        data = answer.json() if answer.ok and not answer.is_redirect else None
    except ValueError:
        return None
    return data if isinstance(data, dict) else None


def secret_of(answer: "requests.Response", key: str, doing: str, tools: Tools) -> str:
    """Take a secret out of a JSON answer and mask it.

    Raises:
        RemoteRefused: it is not in there.

    """
    found = object_of(answer, doing).get(key)
    if not isinstance(found, str) or not found:
        raise RemoteRefused(f"{doing}: the answer has no {key}", hint="check the address of the registry")
    tools.reporter.mask(found)
    return found


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
    told = {name.lower(): value for name, value in headers.items()}
    wait = _wait(told)
    limited = wait is not None or told.get("x-ratelimit-remaining") == "0" or "rate limit" in message.lower()
    if status >= 500 or status in {408, 429} or (status == 403 and limited):  # noqa: PLR2004
        return Transient(f"{doing}: the remote answered {status} {message}".rstrip(), wait=wait)
    return RemoteRefused(
        f"{doing}: the remote answered {status} {message}",
        hint=(HINTS if hints is None else hints).get(status, "read the message above"),
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
    details = [_detail(each) for each in listed if isinstance(each, dict)]
    return " ".join(filter(None, [str(data.get("message", "")), *details]))[:300]


def _detail(error: Mapping[str, Any]) -> str:
    """Say one entry of ``errors``: its message, else field and code (``name already_exists``)."""
    return str(error.get("message") or " ".join(filter(None, [error.get("field"), error.get("code")])))


def _wait(headers: Mapping[str, str]) -> float | None:
    """Return how many seconds a remote asks to be left alone, ``None`` when it does not say.

    Seconds, or the moment of an HTTP date (RFC 9110, 10.2.3), by the remote's own clock where it tells that.
    """
    after = headers.get("retry-after", "")
    if after.isdigit():
        return float(after)
    if after and (at := _instant(after)):
        return max(0.0, at - (_instant(headers.get("date", "")) or time.time()))
    reset = headers.get("x-ratelimit-reset", "")
    if headers.get("x-ratelimit-remaining") == "0" and reset.isdigit():
        return max(0.0, int(reset) - time.time())
    return None


def _instant(date: str) -> float:
    """Read an HTTP date as seconds since 1970; 0 where it is none."""
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(date).timestamp()
    except ValueError:
        return 0.0


HINTS: Final[dict[int, str]] = {
    401: "the token is wrong or expired: pass a valid one",
    403: "the token may not do this: in a workflow the job needs `permissions: contents: write`",
    404: "no such repository, or the token may not see it: mend GITHUB_REPOSITORY or the token's permissions",
    422: "the remote refuses this value; an immutable release or a used-up tag cannot be changed: release a new version",
}
