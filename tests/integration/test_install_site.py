"""``tagship publish`` of install pages to GitHub Pages: a page per release, a list of all, the newest first; no key is needed."""

import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tagship.errors import IntegrityError, RemoteRefused, RemoteUnreachable, UsageError
from tests.fakes.github import Drop, GithubServer
from tests.integration.github_worlds import BEGIN
from tests.integration.install_site import NAME, InstallSite
from tests.integration.pages_site import Site
from tests.tools.node import openapi_description

VERSIONS = (("1.2.0", 1), ("1.10.0-rc.1", 2), ("1.10.0", 3), ("1.2.1", 4), ("2.0.0-alpha.1", 5))


@contextmanager
def site_in(folder: Path) -> Iterator[InstallSite]:
    folder.mkdir(parents=True)
    with GithubServer(["octo/demo"], description=openapi_description()) as server, Site(server) as site:
        yield InstallSite(folder=folder, server=server, site=site)
        assert server.violations == []


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[InstallSite]:
    """Give a site that nothing was published to."""
    with site_in(tmp_path / "fresh") as site:
        yield site


def shown(site: InstallSite) -> str:
    """Return the version that the first page is of."""
    text = site.site.file("index.html").decode()
    return text.partition("<title>")[2].partition("</title>")[0].removeprefix(f"{NAME} ")


def writes(site: InstallSite) -> int:
    return sum(not line.startswith("GET") for line in site.server.journal.lines())


def test_the_newest_final_version_is_the_first_page(fresh: InstallSite) -> None:
    """By SemVer: neither a prerelease nor a back-port takes its place; each has a page of its own, and the list has all."""
    first = [(fresh.publish(version, day), shown(fresh)) for version, day in VERSIONS]
    assert first == [("published", version) for version in ("1.2.0", "1.2.0", "1.10.0", "1.10.0", "1.10.0")]
    listed = json.loads(fresh.site.file("releases.json"))["releases"]
    assert [each["version"] for each in listed] == ["2.0.0-alpha.1", "1.10.0", "1.10.0-rc.1", "1.2.1", "1.2.0"]
    everything = fresh.site.file("releases/index.html").decode()
    for each in listed:
        page = fresh.site.file(f"releases/{each['folder']}/index.html").decode()
        assert f"<title>{NAME} {each['version']}</title>" in page
        assert f'href="{each["folder"]}/"' in everything
    assert everything.count("newest</span>") == 1
    assert ".nojekyll" in fresh.site.tree()


def test_a_prerelease_is_first_while_there_is_nothing_else(fresh: InstallSite) -> None:
    """So that a site is never without a first page."""
    fresh.publish("1.0.0-beta.1")
    assert shown(fresh) == "1.0.0-beta.1"
    fresh.publish("0.9.0", 2)
    assert shown(fresh) == "0.9.0"


def test_any_order_gives_the_same_bytes(fresh: InstallSite) -> None:
    """The site is a function of the releases: published again, in whatever order, it is what it was."""
    made = []
    for order in itertools.islice(itertools.permutations(VERSIONS[:4]), 0, 24, 7):
        fresh.server.repository().branches.pop("gh-pages", None)
        for version, day in order:
            fresh.publish(version, day)
        made.append(fresh.content())
    assert len(made[0]) == len(("index", "all", "list", "no jekyll")) + 4
    assert all(each == made[0] for each in made)


def test_a_second_run_writes_nothing(fresh: InstallSite) -> None:
    """What is there is found by the digests of what it was made from; another manifest of the version is refused."""
    fresh.publish("1.0.0")
    before = writes(fresh), fresh.site.head
    assert fresh.publish("1.0.0") == "already-there"
    with pytest.raises(RemoteRefused, match="other bytes"):
        fresh.publish("1.0.0", 2)
    assert (writes(fresh), fresh.site.head) == before


def test_dying_after_any_write_leaves_a_whole_site(fresh: InstallSite) -> None:
    """The site is as it was or as it shall be, and the next run completes it."""
    fresh.publish("1.0.0")
    before = len(fresh.server.journal.lines())
    fresh.publish("1.0.1", 2)
    said = [line.partition(" ")[0] for line in fresh.server.journal.lines()[before:]]
    dying = [("POST", skip) for skip in range(said.count("POST"))] + [("PATCH", 0)]
    assert len(dying) > len(("tree", "commit", "reference"))
    for number, (method, skip) in enumerate(dying):
        head, version = fresh.site.head, f"1.1.{number}"
        fresh.server.faults.add(Drop(), method=method, skip=skip, last=True)
        with suppress(RemoteUnreachable):
            fresh.carry_out(fresh.delivery(version, 3), window=0)
        fresh.server.faults.clear()
        assert (shown(fresh) == version) == (fresh.site.head != head)
        assert fresh.publish(version, 3) in {"published", "already-there"}
        assert shown(fresh) == version
        assert len(json.loads(fresh.site.file("releases.json"))["releases"]) == number + 3


def test_two_at_once_lose_nobody(fresh: InstallSite) -> None:
    """Each has looked before the other committed: nothing is forced, both are listed."""
    one, other = fresh.delivery("1.0.0"), fresh.delivery("1.1.0", 2)
    one.look()
    other.look()
    assert [fresh.carry_out(each) for each in (one, other)] == ["published", "published"]
    assert [each["version"] for each in json.loads(fresh.site.file("releases.json"))["releases"]] == ["1.1.0", "1.0.0"]


def test_packages_with_versions_of_their_own_share_a_site(fresh: InstallSite) -> None:
    """Each name is a group; the first page is that of the last final release of any; tags with a slash have a folder, too."""
    fresh.publish("3.0.0", 1, name="waves-mcp", tag="waves/v3.0.0")
    fresh.publish("1.0.0", 2, name="tides-mcp", tag="tides/v1.0.0")
    assert shown(fresh) == "1.0.0"
    assert "releases/waves-v3.0.0/index.html" in fresh.site.tree()
    with pytest.raises(UsageError, match="would have one page"):
        fresh.publish("3.1.0", 3, name="waves-mcp", tag="waves-v3.0.0")


def test_pages_of_somebody_else_stay(fresh: InstallSite) -> None:
    """A first page that is not ours is left alone, and the pages of releases are there all the same."""
    mine = {"index.html": b"<h1>Mine</h1>", "docs/a.txt": b"a"}
    fresh.server.repository().commit("docs: mine", date=BEGIN, branch="gh-pages", files=mine)
    fresh.publish("1.0.0")
    assert {path: fresh.site.file(path) for path in mine} == mine
    assert ".nojekyll" not in fresh.site.tree()
    assert "releases/v1.0.0/index.html" in fresh.site.tree()


def test_the_page_of_repositories_gives_way(fresh: InstallSite) -> None:
    """A first page that tagship made for repositories alone is replaced; what else is there stays, and one commit is made."""
    theirs = b'<meta name="generator" content="tagship"><h1>packages</h1>'
    kept = {"packages.html": theirs, "apt/demo.sources": b"Types: deb\n"}
    start = {**kept, "index.html": theirs}
    first = fresh.server.repository().commit("feat: repositories", date=BEGIN, branch="gh-pages", files=start).sha
    fresh.publish("1.0.0")
    assert shown(fresh) == "1.0.0"
    assert {path: fresh.site.file(path) for path in kept} == kept
    assert fresh.server.repository().commits[fresh.site.head].parents == (first,)


def test_what_was_deleted_is_published_again(fresh: InstallSite) -> None:
    """A page that somebody took off the branch is not there, whatever the list says; a broken list is told."""
    fresh.publish("1.0.0")
    page, repository = fresh.site.file("releases/v1.0.0/index.html"), fresh.server.repository()
    kept = {path: data for path, data in fresh.content().items() if not path.startswith("releases/")}
    del repository.branches["gh-pages"]
    repository.commit("fix: away", date=BEGIN, branch="gh-pages", files=kept)
    assert fresh.publish("1.0.0") == "published"
    assert fresh.site.file("releases/v1.0.0/index.html") == page
    for broken in (b"{", b'{"releases": [{"tag": 1}]}'):
        repository.commit("fix: broken", date=BEGIN, branch="gh-pages", files={"releases.json": broken})
        with pytest.raises(IntegrityError, match="list of releases is broken"):
            fresh.publish("1.1.0", 2)
