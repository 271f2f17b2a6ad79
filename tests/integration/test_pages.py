"""``tagship publish`` to GitHub Pages: apt and dnf install from the site, and refuse one that was tampered with."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fakes.github import GithubServer, Protection, Settings, Token
from tests.integration.gnupg import Gnupg, need
from tests.integration.pages_site import NAME, Releases, Site
from tests.tools.node import openapi_description

pytestmark = pytest.mark.skipif(os.name != "posix" or os.uname().sysname != "Linux", reason="nfpm is locked for Linux")
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


@pytest.fixture
def server() -> Iterator[GithubServer]:
    with GithubServer(description=openapi_description()) as made:
        yield made
        assert made.violations == []


@pytest.fixture
def releases(tmp_path: Path, server: GithubServer, gnupg: Gnupg) -> Iterator[Releases]:
    (tmp_path / "releases").mkdir()
    with Site(server) as site:
        yield Releases(folder=tmp_path / "releases", server=server, site=site, key=gnupg.secret("octo"))


@dataclass(frozen=True)
class Apt:
    """The real apt-get with a root of its own."""

    root: Path

    def setup(self, sources: bytes) -> None:
        """Do what the one line of the documentation does, and nothing else."""
        for folder in ("etc/apt/apt.conf.d", "etc/apt/sources.list.d", "etc/apt/preferences.d", "etc/apt/trusted.gpg.d"):
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
        conf = f"[main]\nreposdir={self.root}/repos\n{places}plugins=0\nmetadata_expire=0\n"
        (self.root / "dnf.conf").write_text(conf, encoding="utf-8")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        own = ["-c", str(self.root / "dnf.conf"), "--installroot", str(self.root / "root"), "--releasever", "1"]
        argv = ["dnf", *own, "--forcearch", "x86_64", "-y", *arguments]
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
def dnf(tmp_path: Path) -> Dnf:
    need("dnf", "rpm")
    return Dnf(tmp_path / "dnf")


def test_apt_installs_the_candidate_and_upgrades_to_the_final(releases: Releases, apt: Apt) -> None:
    """By one file that holds the key; prereleases only for who asks for them; the final version is the newer one."""
    site = releases.site
    releases.publish("1.2.0-rc.1", day=2)
    sources = site.file("apt/demo.sources")
    apt.setup(sources)
    apt.do("update")
    assert "Unable to locate" in apt.run("install", "-y", NAME).stderr
    mine = apt.root / "etc/apt/sources.list.d/demo.sources"
    mine.write_bytes(sources.replace(b"Components: main", b"Components: main prerelease"))
    apt.do("update")
    apt.do("install", "-y", NAME)
    assert apt.installed() == "1.2.0-rc.1"
    releases.publish("1.2.0", day=3)
    apt.do("update")
    apt.do("upgrade", "-y")
    assert apt.installed() == "1.2.0"
    releases.publish("1.1.1", day=4)
    apt.do("update")
    assert "0 upgraded" in apt.do("upgrade", "-y")
    apt.do("install", "-y", "--allow-downgrades", f"{NAME}=1.1.1")
    assert apt.installed() == "1.1.1"
    assert not [each for each in site.requests if "by-hash" not in each and "Packages" in each]


def test_apt_refuses_what_was_tampered_with(releases: Releases, apt: Apt, gnupg: Gnupg) -> None:
    """A changed index, a changed package, another key, an unsigned release; an old one does not take anybody back."""
    site = releases.site
    releases.publish("1.0.0", day=1)
    old = site.head
    apt.setup(site.file("apt/demo.sources"))
    index = site.file(PACKAGES)
    for path in [path for path in site.tree() if site.file(path) == index]:
        site.other[path] = index.replace(b"1.0.0", b"9.0.0")
        site.other[f"{path.partition('/by-hash')[0].removesuffix('/Packages')}/Packages.gz"] = b"no"
    compressed = {path for path in site.tree() if "by-hash" in path} - site.other.keys()
    site.other |= dict.fromkeys(compressed, b"no")
    assert apt.run("update").returncode == 100
    site.other.clear()
    apt.do("update")
    pool = next(path for path in site.tree() if "/pool/" in path)
    site.other[pool] = site.file(pool)[:-1] + b"!"
    assert apt.run("install", "-y", NAME).returncode == 100
    site.other = {INRELEASE: gnupg.run("--local-user", "mallory@", "--clear-sign", given=site.file(RELEASE))}
    refused = apt.run("update")
    assert (refused.returncode, "NO_PUBKEY" in refused.stderr) == (100, True)
    site.other = {INRELEASE: site.file(RELEASE), f"{RELEASE}.gpg": b""}
    assert apt.run("update").returncode == 100
    site.other = {}
    releases.publish("1.1.0", day=5)
    apt.do("update")
    site.shown = old
    apt.run("update")
    site.shown = ""
    apt.do("install", "-y", NAME)
    assert apt.installed() == "1.1.0"


def test_dnf_installs_the_candidate_and_upgrades_to_the_final(releases: Releases, dnf: Dnf) -> None:
    """Signatures of index and packages are checked; prereleases are a repository that is off."""
    releases.publish("1.2.0-rc.1", day=2)
    dnf.setup(releases.site.file("rpm/demo.repo"))
    assert dnf.run("install", NAME).returncode != 0
    dnf.do("--enablerepo=demo-prerelease", "install", NAME)
    assert dnf.installed() == "1.2.0-rc.1"
    releases.publish("1.2.0", day=3)
    dnf.do("upgrade")
    assert dnf.installed() == "1.2.0"
    asked = dnf.do("repoquery", "--queryformat", "%{name}|%{evr}|%{summary}|%{license}", NAME)
    assert f"{NAME}|1.2.0-1|Rolls <dice> & coins|MIT" in asked
    assert f"{NAME}-0:1.2.0-1.x86_64" in dnf.do("repoquery", "--file", f"/usr/bin/{NAME}")


def test_dnf_refuses_what_was_tampered_with(releases: Releases, dnf: Dnf, gnupg: Gnupg) -> None:
    """A changed index, another key, a package that the index does not know, and one that nobody signed."""
    site = releases.site
    releases.publish("1.0.0")
    dnf.setup(site.file("rpm/demo.repo"))
    repomd = "rpm/main/repodata/repomd.xml"
    (index,) = [path for path in site.tree() if path.endswith("-primary.xml.gz") and "/main/" in path]
    (pool,) = [path for path in site.tree() if path.endswith(".rpm")]
    wrong = gnupg.run("--local-user", "mallory@", "--armor", "--detach-sign", given=site.file(repomd))
    for other in ({index: b"no"}, {repomd: site.file(repomd) + b" "}, {f"{repomd}.asc": wrong}, {pool: b"no"}):
        site.other = other
        assert dnf.run("install", NAME).returncode != 0, other.keys()
    site.other = {}
    dnf.do("install", NAME)
    released = releases.release("1.0.0").file(f"{NAME}-1.0.0-1.x86_64.rpm")
    keys = Path(dnf.root / "key.asc")
    keys.write_bytes(site.file("demo.asc"))
    database = str(dnf.root / "keys")
    subprocess.run(["rpmkeys", "--dbpath", database, "--import", keys], check=True, capture_output=True)
    in_pool = dnf.root / "pool.rpm"
    in_pool.write_bytes(site.file(pool))
    for file, said in ((in_pool, "Signature, key ID"), (released, "")):
        argv = ["rpmkeys", "--dbpath", database, "--checksig", "--verbose", str(file)]
        done = subprocess.run(argv, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"})
        assert (said or "Header SHA256 digest: OK") in done.stdout
        assert ("Signature" in done.stdout) == bool(said)


def test_a_rebuild_gives_the_same_bytes(releases: Releases, tmp_path: Path) -> None:
    """All releases published again, to a branch that is new, with the same key; a second run of one writes nothing."""
    versions = [("1.0.0", 1), ("1.1.0-rc.1", 2), ("1.1.0", 3)]
    for version, day in versions:
        releases.publish(version, day)
    first, head = releases.site.tree(), releases.site.head
    again = releases.release("1.1.0", 3).run()
    assert (again.published["pages"]["state"], releases.site.head) == ("already-there", head)
    assert len([path for path in first if path.endswith(".deb")]) == 3
    for order in (versions, versions[::-1]):
        with GithubServer(description=openapi_description()) as other, Site(other) as site:
            rebuilt = Releases(folder=tmp_path / f"again-{order[0][1]}", server=other, site=site, key=releases.key)
            rebuilt.folder.mkdir()
            moved = {"options": {**releases.options}}
            for version, day in order:
                rebuilt.publish(version, day)
            second = {path: _there(site, path, releases.site) for path in site.tree()}
            expected = {path: releases.site.file(path) for path in first}
            if order is not versions:  # of the state before, only its way of coming about tells
                second, expected = (_named(each) for each in (second, expected))
            assert second == expected, moved


def _there(site: Site, path: str, original: Site) -> bytes:
    return site.file(path).replace(site.address.encode(), original.address.encode())


def _named(files: dict[str, bytes]) -> dict[str, bytes]:
    """Leave out what stays of the state before: indexes that no signed file names."""
    named = files[RELEASE] + b"".join(data for path, data in files.items() if path.endswith("repomd.xml"))
    return {
        path: data
        for path, data in files.items()
        if not ("by-hash" in path or "xml.gz" in path) or path.rpartition("/")[2].partition("-")[0].encode() in named
    }
