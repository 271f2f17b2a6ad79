"""``tagship publish`` to a tap, a bucket and a WinGet source on the GitHub stand-in: once, by the right way, whatever happens."""

import json
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from tagship.channels._repository_address import RepositoryAddress
from tagship.channels.homebrew import Homebrew
from tagship.channels.winget import WinGet
from tagship.domain.plans.channel import Wish
from tagship.errors import UsageError
from tests.contract.test_channels import artifacts, package, tools
from tests.fakes.github import Answer, Delay, Drop, GithubServer, Kill, Protection, Settings, Token
from tests.fakes.github.client import Client
from tests.fakes.github.state import Repository
from tests.integration import publish_run
from tests.integration.publish_run import File, Finished, Publisher
from tests.tools.node import openapi_description

TOKEN: Final = "tap-secret-of-the-tests"
TAP: Final = "octo/homebrew-tap"
SOURCE: Final = "octo/winget-pkgs"
FORMULA: Final = "Formula/dice-mcp.rb"
FOLDER: Final = "manifests/o/octo/dice-mcp/1.2.0/octo.dice-mcp."
NOW: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
REVIEWED: Final = {"main": Protection(pull_request=True)}


@dataclass(frozen=True)
class Taps:
    """A GitHub with a published release, a tap, a source of manifests and somebody's fork of it."""

    server: GithubServer
    folder: Path

    @property
    def tap(self) -> Repository:
        return self.server.repository(TAP)

    def publisher(
        self, kind: str, place: str, version: str = "1.2.0", sha256: str = "a" * 64, **options: str
    ) -> Publisher:
        """Plan one channel and its manifests."""
        files = self.manifests(version, sha256)[kind]
        entry = publish_run.channel(kind, f"{self.server.server_url}/{place}", options=options)
        secrets = {**self.server.environment(), f"TAGSHIP_{kind.upper()}_TOKEN": TOKEN, "GITHUB_TOKEN": ""}
        folder = self.folder / str(len(list(self.folder.iterdir())))
        given = {name: File("installer", text.encode()) for name, text in files.items()}
        return publish_run.by_hand(folder, given, [entry], secrets, TOKEN, version=version)

    def formula(self, version: str = "1.2.0", sha256: str = "a" * 64) -> bytes:
        return self.manifests(version, sha256)["homebrew"]["dice-mcp.rb"].encode()

    def manifests(self, version: str, sha256: str) -> Mapping[str, Mapping[str, str]]:
        url = f"{self.server.server_url}/octo/demo/releases/download/v{version}/dice.tar.gz"
        about = f"PackageIdentifier: octo.dice-mcp\nPackageVersion: {version}\n"
        scoop = {"version": version, "architecture": {"64bit": {"url": url, "hash": sha256}}}
        return {
            "homebrew": {
                "dice-mcp.rb": f'class DiceMcp < Formula\n  version "{version}"\n  url "{url}"\n  sha256 "{sha256}"\nend\n'
            },
            "scoop": {"dice-mcp.scoop.json": json.dumps(scoop)},
            "winget": {
                "dice-mcp.winget.yaml": f"{about}ManifestType: version\n",
                "dice-mcp.winget.installer.yaml": f"{about}Installers:\n- InstallerUrl: {url}\n  InstallerSha256: {sha256}\n",
                "dice-mcp.winget.locale.en-US.yaml": f"{about}ManifestType: defaultLocale\n",
            },
        }

    def release(self, version: str) -> None:
        client = Client(self.server)
        made = client.create(f"v{version}")
        client.upload(made, "dice.tar.gz")
        client.publish(made)

    def file(self, path: str = FORMULA, branch: str = "main", repository: str = TAP) -> bytes | None:
        there = self.server.repository(repository)
        found = there.objects.file(there.commits[there.branches[branch]].tree, path)
        return found[1] if found else None

    def put(self, text: bytes, path: str = FORMULA, branch: str = "main") -> str:
        return self.tap.commit("by hand", date=NOW, branch=branch, files={path: text}).sha

    def writes(self) -> int:
        return sum(entry.method != "GET" for entry in self.server.journal.entries)


def state(done: Finished, kind: str = "homebrew") -> str:
    assert done.code == 0, done.said
    return str(done.published[kind]["state"])


def new(folder: Path, **settings: Any) -> GithubServer:
    folder.mkdir(exist_ok=True)
    server = GithubServer(
        [
            "octo/demo",
            Settings(owner="octo", name="homebrew-tap", **settings),
            Settings(owner="octo", name="winget-pkgs"),
            Settings(owner="tess", name="winget-pkgs", fork_of=SOURCE),
        ],
        description=openapi_description(),
    )
    server.world.tokens[TOKEN] = Token(login="tess")
    return server


@pytest.fixture
def taps(tmp_path: Path) -> Iterator[Taps]:
    """Run it, without rules."""
    yield from serving(tmp_path)


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Taps]:
    """Run it with a tap whose main takes pull requests only."""
    yield from serving(tmp_path, protected=REVIEWED)


def serving(folder: Path, **settings: Any) -> Iterator[Taps]:
    with new(folder / "taps", **settings) as server:
        made = Taps(server, folder / "taps")
        made.release("1.2.0")
        yield made
        assert server.violations == []


@pytest.mark.parametrize(("kind", "path"), [("homebrew", FORMULA), ("scoop", "bucket/dice-mcp.json")])
def test_a_manifest_is_committed_once_and_signed(taps: Taps, kind: str, path: str) -> None:
    """One signed commit with the custom's subject; a second run, even without a token, only looks."""
    publisher = taps.publisher(kind, TAP)
    head = taps.tap.branches["main"]
    done = publisher.run_here()
    assert state(done, kind) == "published"
    made = taps.tap.commits[taps.tap.branches["main"]]
    subject = "dice-mcp 1.2.0" if kind == "homebrew" else "dice-mcp: Update to version 1.2.0"
    assert (made.parents, made.signature, made.subject) == ((head,), True, subject)
    assert taps.file(path) == next(iter(taps.manifests("1.2.0", "a" * 64)[kind].values())).encode()
    assert done.published[kind]["url"] == f"{taps.server.server_url}/{TAP}/blob/HEAD/{path}"
    writes = taps.writes()
    assert state(publisher.run_here(**{f"TAGSHIP_{kind.upper()}_TOKEN": ""}), kind) == "already-there"
    assert taps.writes() == writes


def test_an_older_manifest_is_replaced_and_a_newer_one_stays(taps: Taps) -> None:
    """A back-port is skipped with the reason in the table, and nobody who waits for it is stopped."""
    assert state(taps.publisher("homebrew", TAP).run_here()) == "published"
    taps.release("1.10.0")
    assert state(taps.publisher("homebrew", TAP, "1.10.0").run_here()) == "published"
    assert taps.file() == taps.formula("1.10.0")
    writes = taps.writes()
    done = taps.publisher("homebrew", TAP).run_here()
    assert state(done) == "skipped"
    assert "a newer version stays" in done.said
    assert (taps.file(), taps.writes()) == (taps.formula("1.10.0"), writes)


def test_a_prerelease_goes_nowhere_unless_asked(taps: Taps) -> None:
    """Everybody who upgrades would get it."""
    taps.release("2.0.0-rc.1")
    assert state(taps.publisher("homebrew", TAP, "2.0.0-rc.1").run_here()) == "skipped"
    assert taps.file() is None
    assert state(taps.publisher("homebrew", TAP, "2.0.0-rc.1", prereleases="true").run_here()) == "published"


def test_hands_and_other_bytes_are_told_apart(taps: Taps) -> None:
    """Bottles added by a robot stay; another digest of the same version is refused; no version at all, too."""
    publisher = taps.publisher("homebrew", TAP)
    edited = taps.formula().replace(b"end\n", b'  bottle do\n    sha256 "' + b"b" * 64 + b'"\n  end\nend\n')
    taps.put(edited)
    assert state(publisher.run_here()) == "already-there"
    taps.put(taps.formula(sha256="c" * 64))
    other = publisher.run_here()
    assert (other.code, "other bytes" in other.said) == (4, True), other.said
    taps.put(b"class DiceMcp < Formula\nend\n")
    nothing = publisher.run_here()
    assert (nothing.code, "says no version" in nothing.said) == (4, True), nothing.said
    assert taps.file() == b"class DiceMcp < Formula\nend\n"


def test_a_protected_branch_gets_one_pull_request(guarded: Taps) -> None:
    """The table says that it waits; run again it is found, not duplicated; merged, it is there."""
    publisher = guarded.publisher("homebrew", TAP)
    done = publisher.run_here()
    assert state(done) == "proposed"
    (pull,) = guarded.tap.pulls.values()
    page = f"{guarded.server.server_url}/{TAP}/pull/1"
    assert (done.published["homebrew"]["url"], f"waits to be merged: {page}" in done.said) == (page, True)
    assert (pull.title, pull.head, pull.base) == ("dice-mcp 1.2.0", "tagship/dice-mcp-1.2.0", "main")
    assert f"{guarded.server.server_url}/octo/demo/releases/tag/v1.2.0" in (pull.body or "")
    assert guarded.file(branch=pull.head) == guarded.formula()
    assert guarded.tap.commits[pull.head_sha].signature
    writes = guarded.writes()
    assert state(publisher.run_here()) == "proposed"
    assert guarded.writes() == writes
    guarded.server.merge(1, "squash", TAP)
    assert state(publisher.run_here()) == "already-there"
    assert len(guarded.tap.pulls) == 1


def test_a_declined_pull_request_is_not_opened_again(guarded: Taps) -> None:
    """Somebody said no; without its branch it is proposed anew."""
    publisher = guarded.publisher("homebrew", TAP)
    publisher.run_here()
    client = Client(guarded.server, repository=TAP)
    client.call("PATCH", "/pulls/1", {"state": "closed"})
    refused = publisher.run_here()
    assert (refused.code, "without being merged" in refused.said) == (4, True), refused.said
    client.call("DELETE", "/git/refs/heads/tagship/dice-mcp-1.2.0")
    assert state(publisher.run_here()) == "proposed"
    assert [pull.state for pull in guarded.tap.pulls.values()] == ["closed", "open"]


@pytest.mark.parametrize("nth", range(4))
def test_killed_at_any_write_it_goes_on(guarded: Taps, nth: int) -> None:
    """After the refused commit, the branch, its commit, or the pull request: one of each when it is run again."""
    publisher = guarded.publisher("homebrew", TAP)

    def arm(process: Any) -> None:
        guarded.server.faults.add(Kill(pid=lambda: process.pid, when="after"), method="POST", skip=nth)

    publisher.run_until_killed(arm)
    guarded.server.quiesce()
    assert state(publisher.run_here()) == "proposed"
    assert_proposed_once(guarded)


def test_answers_that_get_lost_are_looked_for(guarded: Taps) -> None:
    """Each write is carried out and nobody says so: one of each nevertheless."""
    for _ in range(4):
        guarded.server.faults.add(Drop(), method="POST")
    assert state(guarded.publisher("homebrew", TAP).run_here()) == "proposed"
    assert_proposed_once(guarded)


def assert_proposed_once(taps: Taps) -> None:
    (pull,) = taps.tap.pulls.values()
    assert taps.tap.objects.between(taps.tap.branches["main"], pull.head_sha) == [pull.head_sha]
    assert taps.file(branch=pull.head) == taps.formula()


@pytest.mark.parametrize("fault", [Drop(), Answer(status=502)], ids=["answer lost", "502"])
def test_a_commit_that_fails_in_passing_is_made_once(taps: Taps, fault: Any) -> None:
    """It is looked for before it is made again."""
    taps.server.faults.add(fault, path="/graphql")
    taps.server.faults.add(Answer(status=503), path="/contents/")
    head = taps.tap.branches["main"]
    assert state(taps.publisher("homebrew", TAP).run_here()) in {"published", "already-there"}
    assert taps.tap.commits[taps.tap.branches["main"]].parents == (head,)


def test_two_runs_at_once_make_one_commit(taps: Taps) -> None:
    """The second finds that the branch has moved, looks again, and has nothing to do."""
    publisher = taps.publisher("homebrew", TAP)
    taps.server.faults.add(Delay(seconds=1), path="/graphql")
    head, ended = taps.tap.branches["main"], list[str]()
    threads = [threading.Thread(target=lambda: ended.append(state(publisher.run()))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ended) == ["already-there", "published"]
    assert taps.tap.commits[taps.tap.branches["main"]].parents == (head,)


def test_what_somebody_else_commits_meanwhile_is_kept(taps: Taps) -> None:
    """The branch moves between look and commit: ours goes on top."""
    taps.server.faults.add(Answer(status=404), method="GET", path="/releases/download/")
    publisher = taps.publisher("homebrew", TAP)
    theirs = list[str]()

    def push() -> None:
        while not any("/releases/download/" in entry.path for entry in taps.server.journal.entries):
            time.sleep(0.02)
        theirs.append(taps.put(b"theirs", "Formula/other.rb"))

    thread = threading.Thread(target=push)
    thread.start()
    assert state(publisher.run_here()) == "published"
    thread.join()
    assert taps.tap.commits[taps.tap.branches["main"]].parents == tuple(theirs)
    assert (taps.file("Formula/other.rb"), taps.file()) == (b"theirs", taps.formula())


def test_nothing_is_named_before_it_can_be_downloaded(taps: Taps) -> None:
    """A tap that is ahead of its release breaks every installation."""
    done = taps.publisher("homebrew", TAP, "1.3.0").run_here("--retry-window", "1")
    assert (done.code, "is it published?" in done.said) == (5, True), done.said
    assert taps.file() is None


REFUSALS: Final[dict[str, tuple[str, Token | None, int]]] = {
    "a wrong token": (TAP, None, 4),
    "a token that may only read": (TAP, Token(contents="read", pull_requests="read"), 4),
    "no such repository": ("octo/nowhere", Token(), 4),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refusal_says_which_token_needs_what(taps: Taps, case: str) -> None:
    """401, 403 and 404: no retry, the variable and the repository are named, the token is not."""
    place, token, code = REFUSALS[case]
    taps.server.world.tokens |= {TOKEN: token} if token else {}
    if token is None:
        del taps.server.world.tokens[TOKEN]
    done = taps.publisher("homebrew", place).run_here()
    assert done.code == code, done.said
    assert f"TAGSHIP_HOMEBREW_TOKEN must be a token that may write contents and pull requests of {place}" in done.said


def test_a_server_that_keeps_failing_is_exit_5_and_a_dry_run_writes_nothing(taps: Taps) -> None:
    """Nothing is there, and nothing is claimed."""
    publisher = taps.publisher("homebrew", TAP)
    assert state(publisher.run_here("--dry-run")) == "skipped"
    missing = publisher.run_here(TAGSHIP_HOMEBREW_TOKEN="")
    assert (missing.code, "set TAGSHIP_HOMEBREW_TOKEN" in missing.said) == (2, True), missing.said
    taps.server.faults.add(Answer(status=503), path="/graphql", times=None)
    assert publisher.run_here("--retry-window", "1").code == 5
    assert taps.file() is None


@pytest.mark.parametrize("fork", ["tess/winget-pkgs", ""], ids=["from a fork", "from a branch"])
def test_winget_is_always_asked(taps: Taps, fork: str) -> None:
    """All three files in one commit below the version's folder, one pull request, found again; nobody commits to main."""
    publisher = taps.publisher("winget", SOURCE, **({"fork": fork} if fork else {}))
    source = taps.server.repository(SOURCE)
    head = source.branches["main"]
    assert state(publisher.run_here(), "winget") == "proposed"
    (pull,) = source.pulls.values()
    assert (pull.title, pull.fork) == ("New version: octo.dice-mcp version 1.2.0", fork.partition("/")[0])
    given = taps.manifests("1.2.0", "a" * 64)["winget"]
    where = {"branch": pull.head, "repository": fork or SOURCE}
    found = {name: taps.file(FOLDER + name.partition(".winget.")[2], **where) for name in given}
    assert found == {name: text.encode() for name, text in given.items()}
    assert (source.branches["main"], source.objects.between(head, pull.head_sha)) == (head, [pull.head_sha])
    writes = taps.writes()
    assert state(publisher.run_here(), "winget") == "proposed"
    assert taps.writes() == writes
    taps.server.merge(1, "squash", SOURCE)
    assert state(publisher.run_here(), "winget") == "already-there"


def test_the_public_source_is_asked_from_a_fork() -> None:
    """Told when it is planned, as are a folder for a repository and a switch that is none."""
    mine = package("go")
    with pytest.raises(UsageError, match="needs a fork"):
        WinGet.plan(Wish(id="winget", kind="winget", address=WinGet.address), mine, artifacts(mine))
    with pytest.raises(UsageError, match="is no repository"):
        Homebrew.plan(Wish(id="tap", kind="homebrew", address="https://github.com/octo"), mine, artifacts(mine))
    wrong = Wish(id="tap", kind="homebrew", address="https://github.com/octo/tap", options={"prereleases": "yes"})
    with pytest.raises(UsageError, match="is true or false"):
        Homebrew.plan(wrong, mine, artifacts(mine))


@pytest.mark.parametrize(
    ("address", "own", "api"),
    [
        ("https://github.com/octo/tap.git", {}, ""),
        ("https://ghe.example.org/octo/tap", {}, "https://ghe.example.org/api/v3"),
        ("https://github.com/octo/tap", {"GITHUB_SERVER_URL": "https://ghe.example.org"}, "https://api.github.com"),
        ("https://ghe.example.org/octo/tap", {"GITHUB_SERVER_URL": "https://ghe.example.org"}, ""),
    ],
)
def test_a_tap_on_another_server_is_asked_there(address: str, own: dict[str, str], api: str) -> None:
    """The job's own API is for the job's own server; a token goes to no other than the address says."""
    from msgspec.structs import replace

    place = RepositoryAddress.read(address)
    around = place.tools(replace(tools(), environment=own)).environment
    assert (place.repository, around.get("GITHUB_API_URL", "")) == ("octo/tap", api)
    graphql = {"": "", "https://api.github.com": "https://api.github.com/graphql"}
    assert around.get("GITHUB_GRAPHQL_URL", "") == graphql.get(api, "https://ghe.example.org/api/graphql")
