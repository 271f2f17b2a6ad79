"""Package indexes as they really answer: JSON and HTML pages, and what they say when they refuse."""

import pytest
import requests

from tagship.channels import _simple_index
from tagship.channels._simple_index import Listed

ADDRESS = "https://example.org/simple/demo/"
DIGEST = "0123456789abcdef" * 4


def test_a_json_page_is_read() -> None:
    """PEP 691: names, addresses relative to the page, SHA-256 where it is told."""
    text = (
        '{"meta": {"api-version": "1.4"}, "name": "demo", "files": ['
        f'{{"filename": "demo-1.0.tar.gz", "url": "../../f/demo-1.0.tar.gz", "hashes": {{"sha256": "{DIGEST.upper()}"}}}},'
        '{"filename": "demo-1.1.tar.gz", "url": "https://files.example.org/demo-1.1.tar.gz", "hashes": {"md5": "x"}}]}'
    )
    assert _simple_index.parse(text, "application/vnd.pypi.simple.v1+json; charset=utf-8", ADDRESS) == (
        Listed(name="demo-1.0.tar.gz", url="https://example.org/f/demo-1.0.tar.gz", sha256=DIGEST),
        Listed(name="demo-1.1.tar.gz", url="https://files.example.org/demo-1.1.tar.gz", sha256=""),
    )


def test_an_html_page_is_read() -> None:
    """PEP 503: the base, quoted names, digests in fragments; other algorithms tell nothing."""
    text = (
        "<!DOCTYPE html><html><head><base href='/files/'></head><body><a>no link</a>"
        f'<a href="demo-1.0%2Blocal.tar.gz#sha256={DIGEST}" data-requires-python="&gt;=3.11">x</a>'
        '<a href="https://cdn.example.org/demo-1.0.tar.gz?sig=1&amp;t=2#md5=abc">y</a></body></html>'
    )
    assert _simple_index.parse(text, "text/html", ADDRESS) == (
        Listed(name="demo-1.0+local.tar.gz", url="https://example.org/files/demo-1.0%2Blocal.tar.gz", sha256=DIGEST),
        Listed(name="demo-1.0.tar.gz", url="https://cdn.example.org/demo-1.0.tar.gz?sig=1&t=2", sha256=""),
    )


@pytest.mark.parametrize("text", ["", "[]", '{"files": [{"filename": 1}]}', "<html>"])
def test_what_is_no_page_is_no_empty_index(text: str) -> None:
    """A broken JSON answer must not read as "nothing is there"."""
    with pytest.raises(ValueError, match=r"."):
        _simple_index.parse(text, "application/vnd.pypi.simple.v1+json", ADDRESS)


@pytest.mark.parametrize(
    ("name", "same"),
    [
        ("demo-1.0.0rc1.tar.gz", True),
        ("demo-1.0rc1-py3-none-any.whl", True),
        ("demo-1.0.0rc1-1-py3-none-any.whl", True),
        ("demo-1.0.0.tar.gz", False),
        ("demo-1.0.0rc10.tar.gz", False),
        ("demo-1.0.0rc1.tar.gz.asc", False),
        ("demo-1.0.0rc1.exe", False),
        ("README", False),
    ],
)
def test_only_files_of_exactly_the_version_count(name: str, *, same: bool) -> None:
    """Versions are compared, not text: 1.0rc1 and 1.0.0rc1 are one."""
    assert _simple_index.is_version(name, "1.0.0rc1") is same


@pytest.mark.parametrize(
    ("reason", "body", "said"),
    [
        ("Invalid or non-existent authentication information.", "<html>…</html>", "Invalid or non-existent"),
        ("Forbidden", "<head><title>x</title></head><p>It&#39;s <b>not</b> yours</p>", "Forbidden It's not yours"),
        ("Forbidden", '{"message": "no such user"}', "Forbidden no such user"),
    ],
)
def test_what_an_index_says_becomes_one_line(reason: str, body: str, said: str) -> None:
    """PyPI speaks in the status line, others in pages or JSON."""
    answer = requests.Response()
    answer.status_code, answer.reason, answer._content = 403, reason, body.encode()
    assert _simple_index.message(answer).startswith(said)


@pytest.mark.parametrize(
    ("page", "sent"),
    [
        ("https://example.org/simple/demo/", ("user", "token")),
        ("https://example.org:8443/simple/demo/", None),
        ("http://example.org/simple/demo/", None),
        ("https://files.example.org/simple/demo/", None),
    ],
)
def test_only_the_host_that_takes_uploads_sees_the_token(
    page: str, sent: tuple[str, str] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another host, port or scheme is asked without it."""
    seen: list[object] = []

    def send(_method: str, url: str, *, doing: str, auth: object, **_options: object) -> requests.Response:
        seen.append(auth)
        answer = requests.Response()
        answer.status_code, answer.url = 404, url
        return answer

    monkeypatch.setattr("tagship.adapters.http.send", send)
    own = _simple_index.origin("https://example.org/legacy/")
    assert _simple_index.Index(page, own, ("user", "token"), {}).files() == ()
    assert seen == [sent]
