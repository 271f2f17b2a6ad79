"""How answers are told apart."""

import hashlib
import time
from io import BytesIO
from pathlib import Path

import pytest
import requests

from tagship.adapters import http, transfer
from tagship.adapters.clock import SystemClock
from tagship.adapters.fetch import fetch
from tagship.errors import RemoteRefused
from tests.integration.loopback import serve


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


@pytest.mark.parametrize(
    ("after", "wait"),
    [
        ("Mon, 30 Nov 2026 12:10:00 GMT", 600),
        ("soon", None),
        ("-1", None),
        ("²", None),
        ("9" * 5000, None),
        ("Mon, 30 Nov 2026 12:10:00 +999999999999", None),
    ],
)
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
        ('{"message": null, "errors": [{"code": 1008}, {"message": "sorry"}]}', "1008 sorry"),
        ("[" * 100_000, "[" * 200),
    ],
)  # fmt: skip
def test_an_error_is_told_in_one_line(body: str, said: str) -> None:
    """The message and each entry's reason."""
    assert said == http.message_of(body)


def test_an_answer_that_breaks_off_is_no_bug(tmp_path: Path) -> None:
    """Whoever reads a file whole is told that it may be tried again."""
    (tmp_path / "file").write_bytes(b"a" * 1000)
    with serve(tmp_path) as served:
        served.faults["file"] = "short"
        with pytest.raises(http.Transient, match="download of file"):
            fetch(f"{served.address}/file", SystemClock(), attempts=1)
        with pytest.raises(http.Transient, match="look: it did not answer"):
            http.send("GET", f"{served.address}/file", doing="look")


def test_an_answer_without_end_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What no registry answers fills no memory, unless it is asked for as a stream."""
    (tmp_path / "file").write_bytes(b"a" * 100_000)
    monkeypatch.setattr(http, "LONGEST_ANSWER", 99_999)
    with serve(tmp_path) as served:
        with pytest.raises(RemoteRefused, match="look: the answer is longer than"):
            http.send("GET", f"{served.address}/file", doing="look")
        with http.send("GET", f"{served.address}/file", doing="look", stream=True) as answer:
            assert len(answer.content) == 100_000


def test_of_a_file_that_is_too_long_no_more_is_hashed(tmp_path: Path) -> None:
    """It is another file anyway; one of the right length has the digest of its bytes."""
    (tmp_path / "file").write_bytes(b"a" * 5_000_000)
    whole = hashlib.sha256(b"a" * 5_000_000).hexdigest()
    with serve(tmp_path) as served:
        for most, same in ((5_000_000, True), (4_000_000, False)):
            answer = http.send("GET", f"{served.address}/file", doing="look", stream=True)
            assert (transfer.sha256_of_answer(answer, "look", most=most) == whole) is same


def test_a_redirect_is_no_success() -> None:
    """Whoever sends a token, or bytes, does not follow."""
    answer = requests.Response()
    answer.status_code, answer.headers["Location"], answer.raw = 302, "https://example.org/", BytesIO()
    assert answer.ok
    with pytest.raises(RemoteRefused, match="tell: the remote answered 302"):
        http.require_success(answer, "tell", {})


def test_json_without_end_is_none() -> None:
    """Nobody's answer is a bug of ours."""
    answer = requests.Response()
    answer.status_code, answer._content = 200, b"[" * 100_000
    assert http.object_or_none(answer) is None
    with pytest.raises(RemoteRefused, match="no JSON object"):
        http.object_of(answer, "look")
