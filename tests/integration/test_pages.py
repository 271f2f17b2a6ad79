"""``tagship publish`` to GitHub Pages: apt and dnf install from the site, and refuse one that was tampered with."""

import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tagship.channels.pages import Pages
from tagship.domain.plans.channel import Owed
from tagship.errors import IntegrityError, RemoteRefused, RemoteUnreachable
from tagship.ports import ChannelSettings
from tests.contract.test_channels import package as package_of
from tests.fakes.github import WRITE_TOKEN, Drop, GithubServer, Protection, Settings
from tests.integration import publish_run
from tests.integration.github_worlds import BEGIN
from tests.integration.gnupg import Gnupg, need
from tests.integration.pages_site import NAME, Releases, Site, package
from tests.tools.node import openapi_description

pytestmark = pytest.mark.skipif(os.name != "posix" or os.uname().sysname != "Linux", reason="nfpm is locked for Linux")
VERSIONS = (("1.2.0-rc.1", 2), ("1.2.0", 3), ("1.1.1", 4))
INRELEASE, RELEASE = "apt/dists/stable/InRelease", "apt/dists/stable/Release"
PACKAGES = "apt/dists/stable/main/binary-amd64/Packages"


@pytest.fixture(scope="module")
def gnupg(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gnupg]:
    need("gpg", "gpgv")
    home = tmp_path_factory.mktemp("g")
    home.chmod(0o700)
    made = Gnupg(home)
    made.make("octo")
    made.make("mallory", kind="rsa3072")
    yield made
    made.stop()


@contextmanager
def site_of(folder: Path, key: str, *settings: Settings) -> Iterator[Releases]:
    folder.mkdir(parents=True)
    with GithubServer(settings or ["octo/demo"], description=openapi_description()) as server, Site(server) as site:
        yield Releases(folder=folder, server=server, site=site, key=key)
        assert server.violations == []


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, gnupg: Gnupg) -> Iterator[tuple[Releases, dict[str, str]]]:
    """Publish a candidate, its final version, then an older line; give the site, and its commits by version."""
    with site_of(tmp_path_factory.mktemp("pages") / "releases", gnupg.secret("octo")) as releases:
        yield releases, {version: releases.publish(version, day) for version, day in VERSIONS}


@pytest.fixture
def site(published: tuple[Releases, dict[str, str]]) -> Iterator[Site]:
    """Give the site as it is before anybody tampers with it."""
    found = published[0].site
    found.requests.clear()
    yield found
    found.other, found.shown = {}, ""


@pytest.fixture
def commits(published: tuple[Releases, dict[str, str]]) -> dict[str, str]:
    return published[1]


@pytest.fixture
def fresh(tmp_path: Path, gnupg: Gnupg) -> Iterator[Releases]:
    """Give a site that nothing was published to."""
    with site_of(tmp_path / "fresh", gnupg.secret("octo")) as releases:
        yield releases


@dataclass(frozen=True)
class Apt:
    """The real apt-get with a root of its own."""

    root: Path

    def setup(self, sources: bytes) -> None:
        """Do what the one line of the documentation does, and nothing else."""
        for folder in (
            "etc/apt/apt.conf.d",
            "etc/apt/sources.list.d",
            "etc/apt/preferences.d",
            "etc/apt/trusted.gpg.d",
        ):
            (self.root / folder).mkdir(parents=True)
        for folder in ("lists/partial", "archives/partial"):
            (self.root / "var" / ("lib" if "lists" in folder else "cache") / "apt" / folder).mkdir(parents=True)
        for folder in ("updates", "info", "triggers"):
            (self.root / "var/lib/dpkg" / folder).mkdir(parents=True)
        (self.root / "var/log/apt").mkdir(parents=True)
        (self.root / "var/lib/dpkg/status").touch()
        (self.root / "etc/apt/sources.list.d/demo.sources").write_bytes(sources)
        dpkg = f'"--root={self.root}"; "--force-not-root"; "--force-architecture"; "--log={self.root}/dpkg.log";'
        (self.root / "apt.conf").write_text(
            f'Dir "{self.root}"; Dir::State::status "{self.root}/var/lib/dpkg/status"; '
            'Dir::Bin::Methods "/usr/lib/apt/methods"; APT::Architecture "amd64"; APT::Architectures {"amd64";}; '
            'APT::Sandbox::User "root"; Acquire::Languages "none"; APT::Update::Error-Mode "any"; '
            f"DPkg::Options {{{dpkg}}};",
            encoding="utf-8",
        )

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "APT_CONFIG": str(self.root / "apt.conf"), "LC_ALL": "C"}
        return subprocess.run(["apt-get", *arguments], env=env, capture_output=True, text=True, check=False)

    def do(self, *arguments: str) -> str:
        done = self.run(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def installed(self) -> str:
        program = subprocess.run(["sh", self.root / f"usr/bin/{NAME}"], capture_output=True, text=True, check=True)
        return program.stdout.strip()


@pytest.fixture
def apt(tmp_path: Path) -> Apt:
    need("apt-get", "dpkg")
    return Apt(tmp_path / "apt")


@dataclass(frozen=True)
class Dnf:
    """The real dnf with a root of its own."""

    root: Path

    def setup(self, repo: bytes) -> None:
        (self.root / "repos").mkdir(parents=True)
        (self.root / "repos/demo.repo").write_bytes(repo)
        places = "".join(f"{name}={self.root}/{name}\n" for name in ("cachedir", "persistdir", "logdir"))
        conf = f"[main]\nreposdir={self.root}/repos\n{places}plugins=0\n"
        (self.root / "dnf.conf").write_text(conf, encoding="utf-8")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        own = ["-c", str(self.root / "dnf.conf"), "--installroot", str(self.root / "root"), "--releasever", "1"]
        argv = ["dnf", *own, "--forcearch", "x86_64", "-y", "--refresh", *arguments]
        home = {"HOME": str(self.root), "GNUPGHOME": str(self.root / "gnupg"), "LC_ALL": "C"}
        return subprocess.run(argv, env={**os.environ, **home}, capture_output=True, text=True, check=False)

    def do(self, *arguments: str) -> str:
        done = self.run(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def installed(self) -> str:
        program = self.root / f"root/usr/bin/{NAME}"
        return subprocess.run(["sh", program], capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def dnf(tmp_path: Path) -> Iterator[Dnf]:
    """Give one, and leave nothing of it: librepo makes a /run/user, and gpg then keeps its sockets there."""
    need("dnf", "rpm")
    run = Path(f"/run/user/{os.getuid()}")
    was_there = run.exists()
    yield Dnf(tmp_path / "dnf")
    for home in (tmp_path / "dnf").rglob("pubring"):
        Gnupg(home).stop()
    for place in () if was_there else (*run.glob("gnupg/d.*"), run / "gnupg", run):
        with suppress(OSError):
            place.rmdir()


def test_apt_installs_the_candidate_and_upgrades_to_the_final(site: Site, commits: dict[str, str], apt: Apt) -> None:
    """By one file that holds the key; prereleases only for who asks for them; the final version is the newer one."""
    site.shown = commits["1.2.0-rc.1"]
    sources = site.file("apt/demo.sources")
    apt.setup(sources)
    apt.do("update")
    assert apt.run("install", "-y", NAME).returncode == 100
    mine = apt.root / "etc/apt/sources.list.d/demo.sources"
    mine.write_bytes(sources.replace(b"Components: main", b"Components: main prerelease"))
    apt.do("update")
    apt.do("install", "-y", NAME)
    assert apt.installed() == "1.2.0-rc.1"
    site.shown = commits["1.2.0"]
    apt.do("update")
    apt.do("upgrade", "-y")
    assert apt.installed() == "1.2.0"
    site.shown = commits["1.1.1"]
    apt.do("update")
    assert "0 upgraded" in apt.do("upgrade", "-y")
    apt.do("install", "-y", "--allow-downgrades", f"{NAME}=1.1.1")
    assert apt.installed() == "1.1.1"
    assert not [each for each in site.requests if "by-hash" not in each and "Packages" in each]


def test_apt_refuses_what_was_tampered_with(site: Site, apt: Apt, gnupg: Gnupg) -> None:
    """A changed index, a changed package, another key, no signature."""
    apt.setup(site.file("apt/demo.sources"))
    indexes = [path for path in site.tree() if "/main/binary-" in path]
    site.other = {path: site.file(path)[:-1] + b"!" for path in indexes}
    assert apt.run("update").returncode == 100
    site.other = {}
    apt.do("update")
    pool = next(path for path in site.tree() if "1.2.0_amd64.deb" in path)
    site.other[pool] = site.file(pool)[:-1] + b"!"
    assert apt.run("install", "-y", NAME).returncode == 100
    site.other = {INRELEASE: gnupg.run("--local-user", "mallory@", "--clear-sign", given=site.file(RELEASE))}
    refused = apt.run("update")
    assert (refused.returncode, "NO_PUBKEY" in refused.stderr) == (100, True)
    site.other = {INRELEASE: site.file(RELEASE), f"{RELEASE}.gpg": b""}
    assert apt.run("update").returncode == 100
    assert not (apt.root / f"usr/bin/{NAME}").exists()


def test_apt_is_not_taken_back_by_an_old_release(site: Site, commits: dict[str, str], apt: Apt) -> None:
    """Who has seen the newer state keeps it, when somebody shows a signed one from before."""
    site.shown = commits["1.2.0"]
    apt.setup(site.file("apt/demo.sources"))
    apt.do("update")
    site.shown = commits["1.2.0-rc.1"]
    apt.run("update")
    site.shown = commits["1.2.0"]
    apt.do("install", "-y", NAME)
    assert apt.installed() == "1.2.0"


def test_dnf_installs_the_candidate_and_upgrades_to_the_final(site: Site, commits: dict[str, str], dnf: Dnf) -> None:
    """Signatures of index and packages are checked; prereleases are a repository that is off."""
    site.shown = commits["1.2.0-rc.1"]
    dnf.setup(site.file("rpm/demo.repo"))
    assert dnf.run("install", NAME).returncode != 0
    dnf.do("--enablerepo=demo-prerelease", "install", NAME)
    assert dnf.installed() == "1.2.0-rc.1"
    site.shown = commits["1.1.1"]
    dnf.do("upgrade")
    assert dnf.installed() == "1.2.0"
    asked = dnf.do("repoquery", "--queryformat", "%{name}|%{evr}|%{summary}|%{license}", NAME)
    assert f"{NAME}|1.2.0-1|Rolls <dice> & coins|MIT" in asked
    assert f"{NAME}-0:1.1.1-1.x86_64" in dnf.do("repoquery", "--file", f"/usr/bin/{NAME}")


def test_dnf_refuses_what_was_tampered_with(site: Site, dnf: Dnf, gnupg: Gnupg) -> None:
    """A changed index, another key, a changed package."""
    dnf.setup(site.file("rpm/demo.repo"))
    repomd = "rpm/main/repodata/repomd.xml"
    indexes = [path for path in site.tree() if path.endswith("-primary.xml.gz") and "/main/" in path]
    pool = [path for path in site.tree() if path.endswith("1.2.0-1.x86_64.rpm")]
    wrong = gnupg.run("--local-user", "mallory@", "--armor", "--detach-sign", given=site.file(repomd))
    for other in (
        dict.fromkeys(indexes, b"no"),
        {repomd: site.file(repomd) + b" "},
        {f"{repomd}.asc": wrong},
        {pool[0]: b"no"},
    ):
        site.other = other
        assert dnf.run("install", NAME).returncode != 0, other.keys()
    site.other = {}
    dnf.do("install", NAME)


def test_rpm_finds_our_signature_in_the_package(published: tuple[Releases, dict[str, str]], tmp_path: Path) -> None:
    """Only in the repository's copy: that of the release has the digest it was built with."""
    need("rpm")
    releases, _ = published
    (tmp_path / "key.asc").write_bytes(releases.site.file("demo.asc"))
    pool = next(path for path in releases.site.tree() if path.endswith("1.2.0-1.x86_64.rpm"))
    (tmp_path / "pool.rpm").write_bytes(releases.site.file(pool))
    (tmp_path / "built.rpm").write_bytes(package(NAME, "1.2.0", "rpm"))
    assert hashlib.sha256(package(NAME, "1.2.0", "rpm")).hexdigest() in pool
    keys = ["rpmkeys", "--dbpath", str(tmp_path / "keys")]
    subprocess.run([*keys, "--import", tmp_path / "key.asc"], check=True, capture_output=True)
    for name, signed in (("pool", True), ("built", False)):
        argv = [*keys, "--checksig", "--verbose", str(tmp_path / f"{name}.rpm")]
        done = subprocess.run(argv, capture_output=True, text=True, check=True, env={**os.environ, "LC_ALL": "C"})
        assert ("Signature, key ID" in done.stdout) == signed, done.stdout


def test_a_rebuild_gives_the_same_bytes(published: tuple[Releases, dict[str, str]], fresh: Releases) -> None:
    """All releases published again, to a branch that is new, with the same key."""
    releases, _ = published
    for version, day in VERSIONS:
        fresh.publish(version, day)
    first, second = (
        {path: each.site.file(path).replace(each.site.address.encode(), b"") for path in each.site.tree()}
        for each in (releases, fresh)
    )
    assert len([path for path in first if path.endswith(".deb")]) == len(VERSIONS)
    assert second == first


def test_the_command_publishes_once_and_shows_no_secret(fresh: Releases) -> None:
    """As people run it; a second run writes nothing; other bytes of a version that is there are refused."""
    released = fresh.release("1.0.0", kinds=("deb",))
    done = released.run()
    assert (done.code, done.published["pages"]["state"]) == (0, "published"), done.said
    head, writes = fresh.site.head, _writes(fresh)
    assert fresh.server.repository().builds == 1
    assert released.run(TAGSHIP_PAGES_GPG_KEY="").published["pages"]["state"] == "already-there"
    (released.project / "dist/leg" / f"{NAME}_1.0.0_amd64.deb").write_bytes(package(NAME, "1.0.1", "deb"))
    digests = {f"{NAME}_1.0.0_amd64.deb": hashlib.sha256(package(NAME, "1.0.1", "deb")).hexdigest()}
    refused = replace(released, digests=json.dumps(digests)).run()
    assert refused.code == 4, refused.said
    assert (fresh.site.head, _writes(fresh)) == (head, writes)
    assert "rpm/demo.repo" not in fresh.site.tree()


def test_a_page_of_somebody_else_stays(fresh: Releases) -> None:
    """Files that lie on the branch are not touched; the history grows by one signed commit a release."""
    repository, mine = fresh.server.repository(), {"index.html": b"<h1>Mine</h1>", "docs/a.txt": b"a"}
    start = repository.commit("docs: mine", date=BEGIN, branch="gh-pages", files=mine).sha
    head = fresh.publish("1.0.0")
    assert {path: fresh.site.file(path) for path in mine} == mine
    assert ".nojekyll" not in fresh.site.tree()
    assert repository.commits[head].parents == (start,)
    assert repository.commits[head].signature


def test_what_nobody_signed_is_not_signed_with_the_next_release(fresh: Releases, gnupg: Gnupg) -> None:
    """Whoever can write to the branch, without the key, gets nothing into it; nor does another key go on from it."""
    head = fresh.publish("1.0.0")
    repository = fresh.server.repository()
    evil = {PACKAGES: fresh.site.file(PACKAGES).replace(b"1.0.0", b"1.0.1")}
    forged = {RELEASE: fresh.site.file(RELEASE).replace(b"Suite: stable", b"Suite: stablo")}
    for files, said in ((evil, "not the one that was signed"), (forged, "not signed with this key")):
        repository.commit("fix: evil", date=BEGIN, branch="gh-pages", files=files)
        with pytest.raises(IntegrityError, match=said):
            fresh.publish("1.1.0", 2)
        repository.branches["gh-pages"] = head
    with pytest.raises(IntegrityError, match="not signed with this key"):
        replace(fresh, key=gnupg.secret("mallory")).publish("1.1.0", 2)
    assert fresh.site.head == head


def test_a_branch_that_moves_meanwhile_is_looked_at_again(fresh: Releases) -> None:
    """Another package came in between, an answer got lost: nobody's release is lost, and nothing is forced."""
    one, other = fresh.delivery("1.0.0"), fresh.delivery("2.0.0", 2, name="cups-mcp")
    one.look()
    other.look()
    first = fresh.carry_out(one)
    fresh.server.faults.add(Drop(), method="PATCH", path="/git/refs")
    second = fresh.carry_out(other)
    assert fresh.server.repository().commits[second].parents == (first,)
    listed = {path.rpartition("/")[2] for path in fresh.site.tree() if path.endswith(".deb")}
    assert listed == {f"{NAME}_1.0.0_amd64.deb", "cups-mcp_2.0.0_amd64.deb"}
    index = fresh.site.file(PACKAGES)
    assert [line for line in index.splitlines() if line.startswith(b"Package")] == [
        b"Package: cups-mcp",
        b"Package: dice-mcp",
    ]


def test_a_protected_branch_is_told(tmp_path: Path, gnupg: Gnupg) -> None:
    """With what to do; nothing changed. So is a site that does not show what the branch has."""
    protected = {"gh-pages": Protection(pull_request=True)}
    settings = Settings(owner="octo", name="demo", protected=protected)
    with site_of(tmp_path / "protected", gnupg.secret("octo"), settings) as releases:
        head = releases.publish("1.0.0")
        with pytest.raises(RemoteRefused) as caught:
            releases.publish("1.1.0", 2)
        assert "name another one in the option branch" in str(caught.value)
        assert releases.site.head == head
        elsewhere = replace(releases, options={"branch": "packages"})
        with pytest.raises(RemoteUnreachable, match="deploy from that branch"):
            elsewhere.carry_out(elsewhere.delivery("1.1.0", 2), window=0)


def _writes(releases: Releases) -> int:
    return sum(not line.startswith("GET") for line in releases.server.journal.lines())


def test_what_is_too_large_for_a_branch_is_told_before_anything_is_sent(fresh: Releases) -> None:
    """GitHub takes files of up to 100 MB."""
    entry = publish_run.channel("pages", fresh.site.address)
    settings = ChannelSettings(entry=entry, package=package_of("linux-packages"), secrets={"token": WRITE_TOKEN})
    large = Owed(name=f"{NAME}_1.0.0_amd64.deb", path="none", size=(100 << 20) + 1, sha256="0" * 64)
    with pytest.raises(IntegrityError, match="too large"):
        Pages.create(settings, fresh.tools()).there([large])
    assert _writes(fresh) == 0


def test_dying_after_any_write_leaves_a_whole_site(fresh: Releases) -> None:
    """The site is as it was or as it shall be, and the next run completes it."""
    fresh.publish("1.0.0", kinds=("rpm",))
    before = len(fresh.server.journal.lines())
    fresh.publish("1.0.1", kinds=("rpm",))
    said = [line.partition(" ")[0] for line in fresh.server.journal.lines()[before:]]
    dying = [("POST", skip) for skip in range(said.count("POST"))] + [("PATCH", 0)]
    assert len(dying) > len(("blob", "tree", "commit", "reference"))
    for number, (method, skip) in enumerate(dying):
        head = fresh.site.head
        fresh.server.faults.add(Drop(), method=method, skip=skip, last=True)
        with suppress(RemoteUnreachable):
            fresh.carry_out(fresh.delivery(f"1.1.{number}", 2, ("rpm",)), window=0)
        fresh.server.faults.clear()
        assert (fresh.site.head == head) == ((method, skip) not in {("PATCH", 0), dying[-2]}), (method, skip)
        fresh.publish(f"1.1.{number}", 2, ("rpm",))
        listed = sum(path.endswith(".rpm") for path in fresh.site.tree())
        assert listed == len(("1.0.0", "1.0.1")) + number + 1
