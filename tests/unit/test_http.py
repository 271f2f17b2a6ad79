"""How answers are told apart."""

import time

import pytest

from tagship.adapters import http
from tagship.errors import RemoteRefused


@pytest.mark.parametrize(
    ("status", "headers", "message", "passing"),
    [
        (500, {}, "", True),
        (408, {}, "", True),
        (429, {}, "", True),
        (403, {"Retry-After": "7"}, "", True),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "9"}, "", True),
        (403, {}, "You have exceeded a secondary rate limit.", True),
        (403, {"x-ratelimit-remaining": "12"}, "Resource not accessible by integration", False),
        (401, {}, "Bad credentials", False),
        (404, {}, "Not Found", False),
        (422, {}, "Validation Failed", False),
    ],
)
def test_what_may_pass_is_told_from_what_stays(
    status: int,
    headers: dict[str, str],
    message: str,
    passing: bool,  # noqa: FBT001
) -> None:
    """Limits, timeouts and the server's own errors pass; refusals stay."""
    told = http.refusal(status, headers, message, "upload")
    assert passing == isinstance(told, http.Transient)
    assert passing != isinstance(told, RemoteRefused)


def test_a_spent_limit_is_waited_for_until_it_is_renewed() -> None:
    """``x-ratelimit-reset`` is a time, not a duration."""
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(time.time()) + 1000)}
    told = http.refusal(403, headers, "API rate limit exceeded", "list")
    assert isinstance(told, http.Transient)
    assert told.wait is not None
    assert 900 < told.wait <= 1000


@pytest.mark.parametrize(("after", "wait"), [("Mon, 30 Nov 2026 12:10:00 GMT", 600), ("soon", None), ("-1", None)])
def test_a_moment_to_come_back_is_read_by_the_remotes_own_clock(after: str, wait: float | None) -> None:
    """crates.io names one; what is neither seconds nor a date says nothing."""
    told = http.refusal(429, {"Retry-After": after, "Date": "Mon, 30 Nov 2026 12:00:00 GMT"}, "", "publish")
    assert isinstance(told, http.Transient)
    assert told.wait == wait


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"message": "Validation Failed", "errors": [{"code": "already_exists", "field": "name"}]}',
         "Validation Failed name already_exists"),
        ('{"message": "No", "errors": [{"code": "custom", "message": "tag_name was used"}]}', "No tag_name was used"),
        ("plain  text\n", "plain text"),
        ("[1]", ""),
        ('{"message": "No", "errors": null}', "No"),
    ],
)  # fmt: skip
def test_an_error_is_told_in_one_line(body: str, said: str) -> None:
    """The message and each entry's reason."""
    assert said == http.message_of(body)
