"""HTTP: one request, always with a time limit, and its failures told apart.

One attempt per call: whoever calls knows whether trying again is right, and looks at the remote's state first.
"""

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import requests

from tagship.errors import RemoteRefused, RemoteUnreachable
from tagship.ports import Tools

CONNECT_TIMEOUT: Final = 15.0
AGENT: Final = "tagship (https://github.com/tagship/tagship)"
"""Who asks, as all are told: some, like crates.io, want a way to reach whoever does."""
LONGEST_ANSWER: Final = 64 << 20
"""Bytes of an answer that is kept in memory; lists of every version of a package have some ten MB at most."""
ANSWER_TIMEOUT: Final = 120.0
"""How long an answer may take once a whole file was sent."""
_SECONDS: Final = re.compile(r"[0-9]{1,12}")
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
    those of ``requests.request``. Without ``stream`` the answer is read, as far as it has a sensible length. Proxies and
    own certificates are those of the environment.

    Raises:
        Transient: no answer.
        RemoteUnreachable: its certificate is not trusted.
        RemoteRefused: it answers without end.

    """
    import requests

    timeout = (CONNECT_TIMEOUT, patience or time_for(size))
    headers = {"User-Agent": AGENT, **options.pop("headers", {})}
    streamed = options.pop("stream", False)
    try:
        answer = requests.request(
            method, url, timeout=timeout, allow_redirects=False, stream=True, headers=headers, **options
        )
        return answer if streamed else _read(answer, doing)
    except requests.RequestException as error:
        raise no_answer(error, doing) from None


def _read(answer: "requests.Response", doing: str) -> "requests.Response":
    """Read an answer into memory, as requests does, but not for ever."""
    kept = bytearray()
    with answer:
        for piece in answer.iter_content(1 << 16):
            kept += piece
            if len(kept) > LONGEST_ANSWER:
                message = f"{doing}: the answer is longer than {LONGEST_ANSWER >> 20} MB"
                raise RemoteRefused(message, hint="mend the address: nobody who is meant answers so")
    answer._content = bytes(kept)  # noqa: SLF001  (where requests itself keeps it)
    return answer


def succeeded(answer: "requests.Response") -> bool:
    """Whether an answer is a success; a redirect is none: nobody is followed with a token."""
    return answer.ok and not answer.is_redirect


def require_success(
    answer: "requests.Response", doing: str, hints: Mapping[int, str], message: str | None = None
) -> None:
    """Take nothing but a success; ``message`` is what a refusal says, where that takes more than :func:`message_of`.

    Raises:
        Transient: it failed in a way that may pass.
        RemoteRefused: any other refusal.

    """
    if not succeeded(answer):
        said = said_by(answer) if message is None else message
        raise refusal(answer.status_code, answer.headers, said, doing, hints)


def said_by(answer: "requests.Response") -> str:
    """Return the line of an answer, read or not, that says why; of a long one only the beginning is read."""
    import requests

    with suppress(requests.RequestException):
        return message_of(next(iter(answer.iter_content(1 << 16)), b"").decode("utf-8", "replace"))
    return ""


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
    data = _json(answer.content)
    if not isinstance(data, dict):
        raise RemoteRefused(f"{doing}: the answer is no JSON object", hint="mend the channel's address")
    return data


def object_or_none(answer: "requests.Response") -> dict[str, Any] | None:
    """Read an answer that may be a JSON object; what is none is nothing."""
    data = _json(answer.content) if succeeded(answer) else None
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
    data = _json(body)
    if data is None:
        return " ".join(body.split())[:200]
    if not isinstance(data, dict):
        return ""
    errors = data.get("errors")
    listed = errors if isinstance(errors, list) else []
    details = [_detail(each) for each in listed if isinstance(each, dict)]
    return " ".join(filter(None, [str(data.get("message") or ""), *details]))[:300]


def _json(body: str | bytes) -> Any:
    """Decode JSON; ``None`` where it is none, or nested without end."""
    import json

    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _detail(error: Mapping[str, Any]) -> str:
    """Say one entry of ``errors``: its message, else field and code (``name already_exists``)."""
    return str(error.get("message") or " ".join(str(error[key]) for key in ("field", "code") if error.get(key)))


def _wait(headers: Mapping[str, str]) -> float | None:
    """Return how many seconds a remote asks to be left alone, ``None`` when it does not say.

    Seconds, or the moment of an HTTP date (RFC 9110, 10.2.3), by the remote's own clock where it tells that.
    """
    after = headers.get("retry-after", "")
    if (told := seconds(after)) is not None:
        return told
    if after and (at := _instant(after)):
        return max(0.0, at - (_instant(headers.get("date", "")) or time.time()))
    reset = seconds(headers.get("x-ratelimit-reset", ""))
    if headers.get("x-ratelimit-remaining") == "0" and reset is not None:
        return max(0.0, reset - time.time())
    return None


def seconds(text: str) -> float | None:
    """Read a number of seconds as headers have it; ``None`` where it is none."""
    return float(text) if _SECONDS.fullmatch(text) else None


def _instant(date: str) -> float:
    """Read an HTTP date as seconds since 1970; 0 where it is none."""
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError):
        return 0.0


HINTS: Final[dict[int, str]] = {
    401: "the token is wrong or expired: pass a valid one",
    403: "the token may not do this: in a workflow the job needs `permissions: contents: write`",
    404: "no such repository, or the token may not see it: mend GITHUB_REPOSITORY or the token's permissions",
    422: "the remote refuses this value; an immutable release or a used-up tag cannot be changed: release a new version",
}
