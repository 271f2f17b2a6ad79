"""deb, rpm, apk and Arch packages of a program: the systems' own tools read, check, install and upgrade them."""

import gzip
import hashlib
import io
import json
import os
import re
import subprocess
import tarfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.integration.examples import caches, clone
from tests.integration.projects import Project, make
from tests.integration.test_build_go import built
from tests.tools import needed

pytestmark = pytest.mark.skipif(os.name != "posix" or os.uname().sysname != "Linux", reason="nfpm is locked for Linux")
LICENSE = """MIT License

Copyright (c) 2026 Octo Cat

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation
files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy,
modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software
is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE,
ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""
LOG = "# Changelog\n\n## [1.2.0]\n\n- **demo**: a [new](https://example.org) thing\n- another\n\n## [1.1.0]\n\n- old\n"
FILES = {
    "go.mod": "module example.com/octo/demo\n\ngo 1.22\n",
    "main.go": 'package main\n\nvar Version = "dev"\n\nfunc main() { println("demo " + Version) }\n',
    "LICENSE": LICENSE,
    "README.md": "# Demo\n",
    "CHANGELOG.md": LOG,
    "docs/man/demo.1": ".TH DEMO 1\n.SH NAME\ndemo \\- says its version\n",
    "completions/demo.bash": "complete -W --version demo\n",
    "completions/_demo": "#compdef demo\n",
    "server.json": json.dumps(
        {
            "$schema": "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
            "name": "io.github.octo/demo",
            "description": "Says its version: nothing more.",
            "version": "1.2.0",
        }
    ),
    "tagship.yaml": "targets: [linux-x86_64, windows-x86_64]\npackages:\n  demo: {linux-packages: true}\n",
}
DEB, RPM, APK, ARCH = (
    "demo_{0}_amd64.deb",
    "demo-{0}-1.x86_64.rpm",
    "demo_{0}_x86_64.apk",
    "demo-{0}-1-x86_64.pkg.tar.zst",
)
PLACES = {
    "/usr/bin/demo",
    "/usr/share/man/man1/demo.1.gz",
    "/usr/share/bash-completion/completions/demo",
    "/usr/share/zsh/site-functions/_demo",
    "/usr/share/doc/demo/README.md",
}


def said(program: str, *arguments: str | Path) -> str:
    """Run a program of this system, to its end without an error, and return what it wrote to standard output."""
    argv = [needed(program), *map(str, arguments)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{argv}: {done.stdout}{done.stderr}"
    return done.stdout


def answers(program: str, *arguments: str | Path) -> str:
    """Do the same, with what it wrote to standard error."""
    argv = [needed(program), *map(str, arguments)]
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, f"{argv}: {done.stdout}"
    return done.stdout


def packaged(folder: Path, tag: str) -> tuple[Project, Path]:
    project = make(folder, FILES, tag)
    project.git("remote", "add", "origin", "https://github.com/octo/demo.git")
    project = built(Project(project.root, project.home, environment=caches()))
    return project, project.root / "dist" / "go"


@pytest.fixture(scope="module")
def final(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Path]:
    """Build 1.2.0."""
    return packaged(tmp_path_factory.mktemp("final"), "v1.2.0")


@pytest.fixture(scope="module")
def candidate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build a prerelease of it."""
    return packaged(tmp_path_factory.mktemp("candidate"), "v1.2.0-rc.1")[1]


def test_all_four_are_made_for_linux_only(final: tuple[Project, Path], candidate: Path) -> None:
    """Under names that GitHub leaves as they are, also for a prerelease."""
    endings = (".deb", ".rpm", ".apk", ".zst")
    for folder, version in ((final[1], "1.2.0"), (candidate, "1.2.0-rc.1")):
        names = {path.name for path in folder.iterdir() if path.name.endswith(endings)}
        assert names == {form.format(version) for form in (DEB, RPM, APK, ARCH)}
        assert all(re.fullmatch(r"[A-Za-z0-9._+-]+", name) for name in names)


def test_dpkg_reads_the_deb(final: tuple[Project, Path]) -> None:
    """Name, version, architecture, who maintains it, what it is; every file in its place, readable, owned by root."""
    file = final[1] / DEB.format("1.2.0")
    fields = dict(
        line.split(": ", 1) for line in said("dpkg-deb", "--field", file).splitlines() if re.match(r"[\w-]+: ", line)
    )
    assert (fields["Package"], fields["Version"], fields["Architecture"]) == ("demo", "1.2.0", "amd64")
    assert fields["Maintainer"] == "octo <octo@users.noreply.github.com>"
    assert fields["Description"] == "Says its version"
    listed = [line.split() for line in said("dpkg-deb", "--contents", file).splitlines()]
    files = {words[5].removeprefix("."): words[:2] for words in listed if not words[0].startswith("d")}
    documents = {f"/usr/share/doc/demo/{name}" for name in ("copyright", "changelog.gz")}
    assert files.keys() == PLACES | documents | {"/usr/share/lintian/overrides/demo"}
    assert files["/usr/bin/demo"] == ["-rwxr-xr-x", "root/root"]
    assert files["/usr/share/doc/demo/copyright"] == ["-rw-r--r--", "root/root"]


def test_lintian_has_no_error(final: tuple[Project, Path], candidate: Path) -> None:
    """And no warning: the changelog, the copyright and the manual are as Debian's policy asks."""
    for file in (final[1] / DEB.format("1.2.0"), candidate / DEB.format("1.2.0-rc.1")):
        done = subprocess.run(
            [needed("lintian"), "--allow-root", "--fail-on", "error,warning", str(file)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_dpkg_installs_the_candidate_and_upgrades_to_the_final(
    final: tuple[Project, Path], candidate: Path, tmp_path: Path
) -> None:
    """The prerelease is the older one; what is installed runs and says its version."""
    root = tmp_path / "root"
    for folder in ("info", "updates", "triggers"):
        (root / "var/lib/dpkg" / folder).mkdir(parents=True)
    (root / "var/lib/dpkg/status").touch()
    options = [f"--root={root}", "--force-not-root", f"--log={root}/dpkg.log"]
    for file, version in (
        (candidate / DEB.format("1.2.0-rc.1"), "1.2.0~rc.1"),
        (final[1] / DEB.format("1.2.0"), "1.2.0"),
    ):
        said("dpkg", *options, "--refuse-downgrade", "--install", file)
        assert f"Version: {version}\n" in said("dpkg", *options, "--status", "demo")
        done = subprocess.run([root / "usr/bin/demo"], capture_output=True, text=True, check=True)
        assert done.stderr == f"demo {version.replace('~', '-')}\n"
    assert "demo (1.2.0) stable" in gzip.decompress((root / "usr/share/doc/demo/changelog.gz").read_bytes()).decode()
    assert "* demo: a new thing" in gzip.decompress((root / "usr/share/doc/demo/changelog.gz").read_bytes()).decode()
    assert "Copyright: Copyright (c) 2026 Octo Cat" in (root / "usr/share/doc/demo/copyright").read_text()


def test_rpm_installs_the_candidate_and_upgrades_to_the_final(
    final: tuple[Project, Path], candidate: Path, tmp_path: Path
) -> None:
    """Rpm refuses to go back; name, version, licence and changelog are in it, and not the machine that built it."""
    database = ["--root", tmp_path / "root", "--dbpath", "/db"]
    said("rpm", *database, "--initdb")
    for file, version in (
        (candidate / RPM.format("1.2.0-rc.1"), "1.2.0~rc.1"),
        (final[1] / RPM.format("1.2.0"), "1.2.0"),
    ):
        said("rpm", *database, "--upgrade", "--nodeps", "--ignorearch", file)
        assert said("rpm", *database, "--query", "demo") == f"demo-{version}-1.x86_64\n"
    assert (tmp_path / "root/usr/bin/demo").is_file()
    older = subprocess.run(
        [needed("rpm"), *map(str, database), "-U", "--nodeps", str(candidate / RPM.format("1.2.0-rc.1"))],
        capture_output=True,
        check=False,
    )
    assert older.returncode != 0
    asked = "%{LICENSE}|%{SUMMARY}|%{BUILDHOST}|%{URL}|[%{CHANGELOGTEXT};]"
    assert said("rpm", "--query", "--package", "--queryformat", asked, final[1] / RPM.format("1.2.0")) == (
        "MIT|Says its version|localhost|https://github.com/octo/demo|- demo: a new thing\n- another;"
    )
    places = set(said("rpm", "--query", "--package", "--list", final[1] / RPM.format("1.2.0")).split())
    assert places == PLACES | {"/usr/share/licenses/demo/LICENSE"}


def test_pacman_installs_the_candidate_and_upgrades_to_the_final(
    final: tuple[Project, Path], candidate: Path, tmp_path: Path
) -> None:
    """By Arch's order of versions, where a prerelease has no separator."""
    root = tmp_path / "root"
    (root / "var/lib/pacman").mkdir(parents=True)
    config = tmp_path / "pacman.conf"
    config.write_text("[options]\nArchitecture = x86_64\nSigLevel = Never\n", encoding="utf-8")
    options = [
        "--config",
        config,
        "--root",
        root,
        "--dbpath",
        root / "var/lib/pacman",
        "--cachedir",
        tmp_path / "cache",
    ]
    options += [
        "--noconfirm",
        "--logfile",
        tmp_path / "log",
        "--hookdir",
        tmp_path / "hooks",
        "--gpgdir",
        tmp_path / "gpg",
    ]
    for file, version in (
        (candidate / ARCH.format("1.2.0-rc.1"), "1.2.0rc.1"),
        (final[1] / ARCH.format("1.2.0"), "1.2.0"),
    ):
        assert "downgrading" not in answers("pacman", *options, "--upgrade", file)
        assert said("pacman", *options, "--query") == f"demo {version}-1\n"
    assert (root / "usr/bin/demo").stat().st_mode & 0o111
    assert "downgrading" in answers("pacman", *options, "--upgrade", candidate / ARCH.format("1.2.0-rc.1"))


def test_the_apk_is_as_alpine_reads_it(final: tuple[Project, Path], candidate: Path) -> None:
    """Two gzip streams: .PKGINFO, which has the digest of the second, and the files; a version by Alpine's grammar."""
    grammar = re.compile(r"[0-9]+(\.[0-9]+)*[a-z]?(_(alpha|beta|pre|rc|cvs|svn|git|hg|p)[0-9]*)*(-r[0-9]+)?")
    for file, version in (
        (final[1] / APK.format("1.2.0"), "1.2.0"),
        (candidate / APK.format("1.2.0-rc.1"), "1.2.0_rc1"),
    ):
        control, data = streams(file.read_bytes())
        with tarfile.open(fileobj=io.BytesIO(gzip.decompress(control) + bytes(1024))) as tar:
            stream = tar.extractfile(".PKGINFO")
            assert stream
            information = dict(line.split(" = ", 1) for line in stream.read().decode().splitlines() if " = " in line)
        assert information["datahash"] == hashlib.sha256(data).hexdigest()
        assert (information["pkgname"], information["pkgver"], information["arch"]) == ("demo", version, "x86_64")
        assert grammar.fullmatch(information["pkgver"])
        with tarfile.open(fileobj=io.BytesIO(gzip.decompress(data))) as tar:
            assert {f"/{member.name}" for member in tar if member.isfile()} >= PLACES


def streams(data: bytes) -> Sequence[bytes]:
    """Take gzip streams that follow each other apart."""
    found = []
    while data:
        one = zlib.decompressobj(wbits=31)
        one.decompress(data)
        found.append(data[: len(data) - len(one.unused_data)])
        data = one.unused_data
    return found


def test_the_same_bytes_twice(final: tuple[Project, Path], tmp_path: Path) -> None:
    """Packages of one commit are equal, in whatever folder."""
    again = built(clone(final[0], tmp_path))
    for form in (DEB, RPM, APK, ARCH):
        name = form.format("1.2.0")
        assert (final[1] / name).read_bytes() == (again.root / "dist" / "go" / name).read_bytes(), name


def test_who_maintains_it_must_be_known(tmp_path: Path) -> None:
    """Without a repository, an author or a word in the configuration it is asked for; the configuration decides."""
    files = {**FILES, "tagship.yaml": "targets: [linux-x86_64]\npackages:\n  demo: {linux-packages: true}\n"}
    project = make(tmp_path, files)
    project = Project(project.root, project.home, environment=caches())
    assert "it is not said who maintains the Linux packages of demo" in project.refused_build().said
    wish = "{formats: [deb], maintainer: 'Octo Cat <octo@example.org>', depends: [git]}"
    project.commit(
        "chore: who", {"tagship.yaml": f"targets: [linux-x86_64]\npackages:\n  demo: {{linux-packages: {wish}}}\n"}
    )
    project.git("tag", "--force", "v1.2.0")
    folder = built(project).root / "dist" / "go"
    assert [path.name for path in folder.glob("demo[-_]*") if path.suffix in {".rpm", ".apk", ".deb", ".zst"}] == [
        "demo_1.2.0_amd64.deb"
    ]
    fields = said("dpkg-deb", "--field", folder / "demo_1.2.0_amd64.deb", "Maintainer", "Depends")
    assert fields == "Maintainer: Octo Cat <octo@example.org>\nDepends: git\n"
