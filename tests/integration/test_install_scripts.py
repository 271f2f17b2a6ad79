"""The scripts that install programs: run by several shells against a release on loopback; whatever fails leaves nothing."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import msgspec
import pytest

from tagship.adapters.files import sha256_of
from tagship.domain.plans.receipt import decode_manifest
from tagship.formats.install_sh import InstallSh
from tagship.ports import FileToSign, FormatJob, Tools
from tests.fakes.sigstore import Sigstore
from tests.integration.examples import caches
from tests.integration.keyless import signer
from tests.integration.loopback import Served, serve
from tests.integration.projects import Project, make
from tests.integration.test_linux_packages import needed
from tests.tools import require

pytestmark = pytest.mark.skipif(
    platform.system() != "Linux" or platform.machine() != "x86_64", reason="the programs are for another machine"
)
MAIN = 'package main\n\nvar Version = "dev"\n\nfunc main() { println("NAME " + Version) }\n'
FILES = {
    "go.mod": "module example.com/octo/demo\n\ngo 1.22\n",
    "cmd/demo/main.go": MAIN.replace("NAME", "demo"),
    "cmd/other/main.go": MAIN.replace("NAME", "other"),
    "tagship.yaml": "targets: [linux-x86_64, windows-x86_64]\n",
}
ARCHIVE = "demo-1.2.0-linux-x86_64.tar.gz"
APPLETS = (
    "cat", "chmod", "cp", "cut", "mkdir", "mktemp", "mv", "rm", "sed", "sh", "sha256sum", "tar", "tr", "uname", "wget",
)  # fmt: skip


@dataclass(frozen=True)
class Rig:
    """A release on loopback, and an empty home; ``shell`` runs scripts with the programs of ``path``."""

    releases: Path
    served: Served
    shell: tuple[str, ...]
    path: str
    home: Path

    @property
    def script(self) -> bytes:
        return (self.releases / "v1.2.0" / "install.sh").read_bytes()

    @property
    def bin(self) -> Path:
        return self.home / ".local" / "bin"

    def run(
        self, *arguments: str | Path, script: bytes | None = None, mirror: bool = True, **env: str
    ) -> tuple[int, str]:
        """Feed the script to the shell, as ``curl | sh`` does."""
        own = ["--from", self.served.address] if mirror else []
        argv = [*self.shell, "-s", "--", *own, *map(str, arguments)]
        given = {"PATH": self.path, "HOME": str(self.home), "TMPDIR": str(self.home.parent / "tmp"), **env}
        done = subprocess.run(
            argv, input=script or self.script, env=given, capture_output=True, check=False, cwd=self.home.parent
        )
        assert done.stdout == b"" or "--help" in arguments
        return done.returncode, done.stderr.decode()

    def left(self) -> set[str]:
        """List what lies in the home and among temporary files."""
        places = (self.home, self.home.parent / "tmp")
        return {str(path.relative_to(place)) for place in places for path in place.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Release 1.1.0 and 1.2.0 into a folder, signed."""
    project = make(tmp_path_factory.mktemp("install"), FILES, "v1.1.0")
    project = Project(project.root, project.home, environment=caches())
    for tag in ("v1.1.0", "v1.2.0"):
        if tag != "v1.1.0":
            project.commit("feat: more", {"more.txt": tag})
            project.git("tag", tag)
        done = project.tagship("release", XDG_DATA_HOME=str(project.home / "data"))
        assert done.code == 0, done.said
    return project.root / "releases"


@pytest.fixture(params=["dash", "bash", "busybox"])
def rig(request: pytest.FixtureRequest, releases: Path, tmp_path: Path) -> Iterator[Rig]:
    """Each shell; busybox with nothing but its own programs, so with its own wget."""
    (tmp_path / "home").mkdir()
    (tmp_path / "tmp").mkdir(mode=0o777)
    shell: tuple[str, ...] = (needed(request.param),)
    path = os.environ["PATH"]
    if request.param == "busybox":
        shell, path = (shell[0], "sh"), str(tmp_path / "applets")
        Path(path).mkdir()
        for name in APPLETS:
            Path(path, name).symlink_to(shell[0])
    with serve(releases) as served:
        yield Rig(releases, served, shell, path, tmp_path / "home")


@pytest.fixture
def dash(releases: Path, tmp_path: Path) -> Iterator[Rig]:
    """Use one shell, where the shell makes no difference."""
    (tmp_path / "home").mkdir()
    (tmp_path / "tmp").mkdir()
    with serve(releases) as served:
        yield Rig(releases, served, (needed("dash"),), os.environ["PATH"], tmp_path / "home")


def said(program: Path) -> str:
    return subprocess.run([program], capture_output=True, text=True, check=True).stderr.strip()


def test_it_installs_upgrades_and_goes(rig: Rig) -> None:
    """Both programs, executable, in the home's own folder; twice is once; another version; and nothing is left of it."""
    code, words = rig.run("--version", "1.1.0")
    assert code == 0, words
    assert said(rig.bin / "demo") == "demo 1.1.0"
    for _ in range(2):
        code, words = rig.run()
        assert code == 0, words
        assert (said(rig.bin / "demo"), said(rig.bin / "other")) == ("demo 1.2.0", "other 1.2.0")
    assert f"demo: {rig.bin} is not in PATH" in words
    assert rig.left() == {".local/bin/demo", ".local/bin/other"}
    for answer in ("removed", "is not there"):
        code, words = rig.run("--uninstall")
        assert code == 0
        assert answer in words
    assert rig.left() == set()


@pytest.mark.parametrize("fault", ["missing", "short", "other"])
def test_what_cannot_be_downloaded_whole_changes_nothing(rig: Rig, fault: str) -> None:
    """The version that was there stays; the message says what is wrong."""
    assert rig.run("--version", "1.1.0")[0] == 0
    rig.served.faults[ARCHIVE] = fault
    code, words = rig.run()
    assert code != 0
    assert (
        "is not what was released" in words if fault == "other" else "cannot download" in words or "not what" in words
    )
    assert said(rig.bin / "demo") == "demo 1.1.0"
    assert rig.left() == {".local/bin/demo", ".local/bin/other"}


def test_a_script_that_is_cut_does_nothing(rig: Rig) -> None:
    """At every half kilobyte, and at each of the last bytes: no request, no file."""
    script = rig.script
    cuts = {*range(0, len(script), 512), *range(len(script.rstrip()) - 24, len(script.rstrip()))}
    for cut in sorted(cuts):
        rig.run(script=script[:cut] or b"\n")
        assert rig.left() == set(), cut
        assert rig.served.asked == [], cut


def test_a_folder_of_ones_own(dash: Rig) -> None:
    """Absolute or not; also without HOME; a folder without room for it is explained."""
    assert dash.run("--dir", "here/bin")[0] == 0
    assert said(dash.home.parent / "here" / "bin" / "demo") == "demo 1.2.0"
    assert dash.run("--dir", dash.home / "a b", HOME="")[0] == 0
    assert said(dash.home / "a b" / "demo") == "demo 1.2.0"
    code, words = dash.run(HOME="")
    assert (code, words) == (1, "demo: HOME is not set: say where with --dir\n")
    assert dash.run(XDG_BIN_HOME=str(dash.home / "xdg"))[0] == 0
    assert said(dash.home / "xdg" / "other") == "other 1.2.0"


def test_a_folder_that_cannot_be_written(dash: Rig) -> None:
    """It is told before anything is downloaded."""
    place = dash.home / "kept"
    place.mkdir(mode=0o555)
    for folder in (dash.home, *dash.home.parents):
        if folder.is_relative_to("/tmp") and folder != Path("/tmp"):  # noqa: S108 - where pytest's folders are
            folder.chmod(folder.stat().st_mode | 0o055)
    nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups") if os.getuid() == 0 else ()
    other = Rig(dash.releases, dash.served, (*nobody, *dash.shell), dash.path, dash.home)
    code, words = other.run("--dir", place)
    assert (code, words) == (1, f"demo: cannot write to {place}: choose another with --dir\n")
    assert dash.served.asked == []


def test_no_program_is_replaced_when_one_cannot_be(dash: Rig) -> None:
    """A folder stands in the place of the second one: the first stays as it was, and nothing lies beside them."""
    assert dash.run("--version", "1.1.0")[0] == 0
    (dash.bin / "other").unlink()
    (dash.bin / "other" / "inside").mkdir(parents=True)
    code, words = dash.run()
    assert (code, words) == (1, f"demo: {dash.bin}/other is a folder: choose another with --dir\n")
    assert said(dash.bin / "demo") == "demo 1.1.0"
    assert dash.left() == {".local/bin/demo"}


def test_the_signature_is_checked_with_a_key(dash: Rig, tmp_path: Path) -> None:
    """By openssl, with the public key of the one who released; another key is refused, and so is a missing signature."""
    key = dash.releases / "v1.2.0" / "signing-key.pub"
    code, words = dash.run("--key", key)
    assert (code, "the signature holds" in words) == (0, True), words
    assert dash.run("--uninstall")[0] == 0
    wrong = tmp_path / "wrong.pem"
    made = [needed("openssl"), "ecparam", "-name", "prime256v1", "-genkey", "-noout"]
    private = subprocess.run(made, capture_output=True, check=True).stdout
    public = subprocess.run([made[0], "ec", "-pubout"], input=private, capture_output=True, check=True).stdout
    wrong.write_bytes(public)
    code, words = dash.run("--key", wrong)
    assert code == 1
    assert f"the signature of {ARCHIVE} does not hold" in words
    dash.served.faults[".sigstore.json"] = "other"
    code, words = dash.run("--key", key)
    assert code == 1
    assert "has no signature by a key" in words
    assert dash.left() == set()


def keyless(rig: Rig, repository: str) -> bytes:
    """Write the script of a release that a job of this repository signed."""
    folder = rig.releases / "v1.2.0"
    plan = decode_manifest((folder / "demo-1.2.0.release.json").read_bytes(), file="x").plan
    files = {each.name: folder / each.name for each in plan.built}
    digests = {name: sha256_of(path) for name, path in files.items()}
    planned = msgspec.structs.replace(plan, repository=repository)
    made = InstallSh().make(
        FormatJob(plan=planned, files=files, digests=digests, publicly_signed=True), cast("Tools", None)
    )
    return made["install.sh"]


def test_who_signed_is_asked_of_cosign_where_there_is_one(
    dash: Rig, job: Tools, instance: Sigstore, tmp_path: Path
) -> None:
    """A keyless release: its own repository is accepted; another's is refused and leaves nothing, unless told to; without
    cosign, or with one too old for bundles, the digest decides.
    """
    archive = dash.releases / "v1.2.0" / ARCHIVE
    subject = FileToSign(name=ARCHIVE, path=archive, sha256=sha256_of(archive))
    shutil.copytree(dash.releases, tmp_path / "keyless")
    bundle = tmp_path / "keyless" / "v1.2.0" / f"{ARCHIVE}.sigstore.json"
    bundle.write_bytes(signer(instance.trust_config, job).sign(subject))
    programs = tmp_path / "programs"
    programs.mkdir()
    with serve(tmp_path / "keyless") as served:
        rig = Rig(dash.releases, served, dash.shell, f"{programs}{os.pathsep}{dash.path}", dash.home)
        assert rig.run(script=keyless(rig, "mallory/demo"))[0] == 0
        program = programs / "cosign"
        program.write_text('#!/bin/sh\necho "verify-blob --signature"\n')
        program.chmod(0o755)
        assert rig.run(script=keyless(rig, "mallory/demo"))[0] == 0
        assert not any(bundle.name in each for each in served.asked)
        own = f"--trusted-root '{instance.trusted_root}' --certificate-oidc-issuer '{instance.issuer.address}'"
        program.write_text(
            f'#!/bin/sh\n[ "$2" = --help ] && exec {require("cosign")} "$@"\nexec {require("cosign")} "$@" {own}\n'
        )
        code, words = rig.run(script=keyless(rig, "octo/demo"))
        assert (code, "signed by a workflow of octo/demo" in words) == (0, True), words
        assert rig.run("--uninstall")[0] == 0
        code, words = rig.run(script=keyless(rig, "mallory/demo"))
        assert (code, "cosign does not find that mallory/demo signed" in words) == (1, True), words
        assert 'got "octo/demo"' in words
        assert rig.left() == set()
        assert rig.run("--no-signature", script=keyless(rig, "mallory/demo"))[0] == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--dir"], "--dir needs a value"),
        (["--frm", "x"], "unknown option: --frm"),
        (["--version", "9.9.9"], "cannot download"),
    ],
)
def test_mistakes_are_told(dash: Rig, arguments: list[str], words: str) -> None:
    """Options, values, and versions that there are not."""
    code, said_ = dash.run(*arguments)
    assert code == 1
    assert words in said_
    assert dash.left() == set()


def test_help_and_an_unknown_home_of_releases(dash: Rig) -> None:
    """A project without a server of releases asks for one."""
    code, _ = dash.run("--help")
    assert code == 0
    assert dash.run(mirror=False) == (1, "demo: say where the releases are with --from URL\n")


def test_shellcheck_finds_nothing(releases: Path, dash: Rig, tmp_path: Path) -> None:
    """In the script as it is shipped, and with who signed it, for sh and for dash."""
    program = Path(sys.executable).with_name("shellcheck")
    (tmp_path / "install.sh").write_bytes(keyless(dash, "octo/demo"))
    for kind in ("sh", "dash", "busybox"):
        argv = [program, "--shell", kind, releases / "v1.2.0" / "install.sh", tmp_path / "install.sh"]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (0, "")


def test_the_scripts_are_released_like_any_file(releases: Path) -> None:
    """Signed, in the checksums, and in the plan; the one for Windows knows its archive and digest."""
    folder = releases / "v1.2.0"
    sums = dict(line.split("  ")[::-1] for line in (folder / "checksums.txt").read_text().splitlines())
    for name in ("install.sh", "install.ps1"):
        assert name in sums
        assert (folder / f"{name}.sigstore.json").is_file()
    script = (folder / "install.ps1").read_text(encoding="ascii")
    assert f"'x86_64' = @('demo-1.2.0-windows-x86_64.zip', '{sums['demo-1.2.0-windows-x86_64.zip']}')" in script
    assert "$programs = @('demo.exe', 'other.exe')" in script
    for pair in ("()", "{}", "[]"):
        assert script.count(pair[0]) == script.count(pair[1])


def test_other_programs_for_digests(dash: Rig, tmp_path: Path) -> None:
    """Without sha256sum, shasum or openssl do; without any of them nothing is installed."""
    for names, works in ((("shasum",), True), (("openssl",), True), ((), False)):
        place = tmp_path / "-".join(("path", *names))
        place.mkdir()
        for name in ({*APPLETS} - {"sha256sum", "wget"}) | {"curl", "gzip", "sysctl", *names}:
            found = needed(name) if name in names else shutil.which(name)
            if found:
                (place / name).symlink_to(found)
        shell = Rig(dash.releases, dash.served, dash.shell, str(place), dash.home)
        code, words = shell.run()
        assert (code == 0) is works, words
        dash.run("--uninstall")
    assert "is needed to check what was downloaded" in words
