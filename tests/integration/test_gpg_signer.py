"""OpenPGP signatures: gpg and gpgv accept them, nothing else holds, and the secret key is nowhere but in its throw-away home."""

import gc
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pysequoia
import pytest
from msgspec.structs import replace

from tagship.domain.proofs.trust import Trust
from tagship.errors import IntegrityError, ProjectError, UsageError
from tagship.ports import FileToSign, Finished, Shell, Tools
from tagship.signers.gpg import KEY_FILE, GpgSigner
from tests.integration import projects
from tests.integration.gnupg import Gnupg, gpgv, need

COMMIT = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def gnupg() -> Iterator[Gnupg]:
    """Give somebody's GnuPG home, at a short path, as its sockets want it."""
    need("gpg", "gpgv")
    with tempfile.TemporaryDirectory(prefix="gnupg-") as folder:
        home = Gnupg(Path(folder))
        yield home
        home.stop()


@pytest.fixture
def subject(tmp_path: Path) -> FileToSign:
    """Write a file to sign."""
    path = tmp_path / "a.whl"
    path.write_bytes(b"content")
    return FileToSign(name="a.whl", path=path, sha256=hashlib.sha256(b"content").hexdigest(), time=COMMIT)


def signer(tools: Tools, key: str, passphrase: str = "") -> GpgSigner:
    return GpgSigner.create({"gpg-key": key, "gpg-passphrase": passphrase}, tools)


def trust(of: GpgSigner) -> Trust:
    return Trust(keys=of.companions())


@pytest.mark.parametrize(
    ("kind", "passphrase"), [("ed25519", ""), ("rsa3072", "open sesame"), ("nistp256", "open sesame")]
)
def test_gpg_and_gpgv_accept_it_and_refuse_another_file(
    kind: str, passphrase: str, tmp_path: Path, gnupg: Gnupg, subject: FileToSign, tools: Tools
) -> None:
    """With the public key that is shipped; keys of three kinds, with passphrase and without."""
    made = signer(tools, gnupg.make("demo", passphrase, kind), passphrase)
    signature, ring, other = tmp_path / "a.whl.asc", tmp_path / KEY_FILE, tmp_path / "other"
    signature.write_bytes(made.sign(subject))
    ring.write_bytes(made.companions()[KEY_FILE])
    other.write_bytes(b"Content")
    assert ring.read_bytes().startswith(b"-----BEGIN PGP PUBLIC KEY BLOCK-----")
    with tempfile.TemporaryDirectory(prefix="gnupg-") as folder:
        user = Gnupg(Path(folder))
        user.run("--import", str(ring))
        assert [user.verifies(subject.path, signature), user.verifies(other, signature)] == [True, False]
        user.stop()
    assert [gpgv(ring, subject.path, signature), gpgv(ring, other, signature)] == [True, False]


def test_what_gpg_signed_holds_here(tmp_path: Path, gnupg: Gnupg, subject: FileToSign) -> None:
    """Somebody else's signatures are checked too, without gpg: also with a comment in the block."""
    gnupg.make("demo", "", "rsa3072")
    ring = Trust(keys={"their.asc": gnupg.run("--armor", "--export")})
    for more in ([], ["--comment", "made by hand"], ["--digest-algo", "SHA256"]):
        made = gnupg.run("--passphrase", "", *more, "--armor", "--output", "-", "--detach-sign", str(subject.path))
        GpgSigner.check(subject, made, ring)


def test_no_changed_byte_of_a_signature_holds(gnupg: Gnupg, subject: FileToSign, tools: Tools) -> None:
    """Of the block around it, of its text, of its checksum: each is refused; so are two in one, and rubbish after one."""
    made = signer(tools, gnupg.make("demo"))
    signature, ring = made.sign(subject), trust(made)
    forged = [signature[:i] + bytes([signature[i] ^ 1]) + signature[i + 1 :] for i in range(len(signature.rstrip()))]
    twice = pysequoia.armor(bytes(pysequoia.Sig.from_bytes(signature)) * 2, pysequoia.ArmorKind.Signature).encode()
    for each in [*forged, signature * 2, signature + b"x", b"x" + signature, twice, b"", b"\n" * 1000]:
        with pytest.raises(IntegrityError):
            GpgSigner.check(subject, each, ring)


def test_a_subkey_signs_while_its_primary_key_stays_offline(
    tmp_path: Path, gnupg: Gnupg, subject: FileToSign, tools: Tools
) -> None:
    """What ``--export-secret-subkeys`` gives is enough, as it should be in a job; users trust the primary key."""
    gnupg.make("demo", "hush")
    primary = gnupg.run("--with-colons", "--list-keys").decode().partition("fpr:::::::::")[2].partition(":")[0]
    given = ["--passphrase", "hush", "--faked-system-time", "20250201T000000"]
    gnupg.run(*given, "--quick-add-key", primary, "rsa3072", "sign", "never")
    made = signer(tools, gnupg.secret("demo", "hush", "--export-secret-subkeys"), "hush")
    (tmp_path / "a.asc").write_bytes(made.sign(subject))
    (tmp_path / KEY_FILE).write_bytes(made.companions()[KEY_FILE])
    assert gpgv(tmp_path / KEY_FILE, subject.path, tmp_path / "a.asc")
    assert pysequoia.Sig.from_bytes((tmp_path / "a.asc").read_bytes()).issuer_fingerprint != primary.lower()
    assert pysequoia.Cert.from_bytes(made.companions()[KEY_FILE]).fingerprint == primary.lower()


def test_it_is_dated_by_the_commit_or_by_a_younger_key(gnupg: Gnupg, subject: FileToSign, tools: Tools) -> None:
    """Signing again, elsewhere and later, gives the same bytes; no signature is older than its key."""
    key = gnupg.make("demo")
    first = signer(tools, key).sign(subject)
    assert signer(tools, key).sign(subject) == first
    assert pysequoia.Sig.from_bytes(first).created == COMMIT
    earlier = signer(tools, key).sign(replace(subject, time=datetime(2020, 1, 1, tzinfo=UTC)))
    assert pysequoia.Sig.from_bytes(earlier).created == datetime(2025, 1, 1, tzinfo=UTC)
    today = pysequoia.Sig.from_bytes(signer(tools, key).sign(replace(subject, time=None))).created
    assert today
    assert today > COMMIT


class Watched:
    """A shell that notes what programs were given."""

    def __init__(self, shell: Shell) -> None:
        self.shell, self.given = shell, list[str]()

    def run(self, argv: Sequence[str], *, env: Mapping[str, str] | None = None, **more: Any) -> Finished:
        self.given += [*argv, *(env or {}), *(env or {}).values()]
        return self.shell.run(argv, env=env, **more)


def test_the_key_is_nowhere_but_in_its_home_which_goes(
    tmp_path: Path, gnupg: Gnupg, subject: FileToSign, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In no argument and no environment of a program; written by pipes alone; home and agent end with the signer."""
    key, shell = gnupg.make("demo", "open sesame"), Watched(tools.shell)
    place = Path(tempfile.mkdtemp(prefix="runner-"))
    monkeypatch.setattr(tempfile, "TemporaryFile", None)  # what would put input on a disk
    made = signer(
        replace(tools, shell=shell, environment={**tools.environment, "RUNNER_TEMP": str(place)}), key, "open sesame"
    )
    made.sign(subject)
    lines = [line for line in key.splitlines() if len(line) > 30 and "PGP" not in line]
    assert lines
    assert not [word for word in shell.given if "sesame" in word or any(line in word for line in lines)]
    (home,) = place.iterdir()
    assert home.stat().st_mode & 0o777 == 0o700
    listed = subprocess.run(
        ["gpgconf", "--homedir", str(home), "--list-dirs", "agent-socket"], capture_output=True, check=True, text=True
    )
    socket = Path(unquote(listed.stdout.strip()))
    assert socket.exists()
    written = [path.read_bytes() for path in home.rglob("*") if path.is_file()]
    assert not [data for data in written if b"open sesame" in data or any(line.encode() in data for line in lines)]
    del made
    gc.collect()
    assert not list(place.iterdir())
    assert not socket.parent.exists()
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"sesame" in path.read_bytes()]
    place.rmdir()


def test_keys_that_cannot_sign_are_told_apart(gnupg: Gnupg, tools: Tools) -> None:
    """Exit code 2, what is wrong, what to give, and no secret."""
    good = gnupg.make("good", "open sesame")
    expired = gnupg.make("old", "", expires="1m")
    both = gnupg.run("--passphrase", "open sesame", "--armor", "--export-secret-keys").decode()
    public = gnupg.run("--armor", "--export", "good@").decode()
    cases = {
        "there is no OpenPGP key": ("", ""),
        "passphrase of the OpenPGP key is wrong": (good, "open barley"),
        "passphrase of the OpenPGP key is wrong|does not sign": (good, ""),
        "it is expired": (expired, ""),
        "holds 2 keys": (both, "open sesame"),
        "holds 0 keys": (public, ""),
        "holds 0 keys, not": (f"{good[:200]}\n{good[-200:]}", "open sesame"),
        "cannot be read": ("/nowhere/key.asc", ""),
    }
    for words, (key, passphrase) in cases.items():
        with pytest.raises(UsageError, match=words) as caught:
            signer(tools, key, passphrase)
        assert caught.value.problems[0].hint
        assert "barley" not in str(caught.value)
        assert good.splitlines()[3] not in str(caught.value)


def test_without_gpg_it_says_what_to_install(tmp_path: Path, gnupg: Gnupg, tools: Tools) -> None:
    """And leaves nothing behind."""
    key = gnupg.make("demo")
    elsewhere = {"PATH": str(tmp_path), "RUNNER_TEMP": str(tmp_path)}
    with pytest.raises(ProjectError, match="gpg is not installed"):
        signer(replace(tools, environment=elsewhere), key)
    gc.collect()
    assert not list(tmp_path.glob("tagship-gpg-*"))


def test_a_runner_whose_folder_has_a_long_name_signs_too(
    tmp_path: Path, gnupg: Gnupg, subject: FileToSign, tools: Tools
) -> None:
    """The agent's socket would have a name that no system takes."""
    long = tmp_path / ("a-long-name-" * 8)
    long.mkdir()
    own = signer(replace(tools, environment={**tools.environment, "RUNNER_TEMP": str(long)}), gnupg.make("demo"))
    GpgSigner.check(subject, own.sign(subject), trust(own))


@pytest.mark.network
def test_a_release_signed_by_key_and_gpg_is_verified_by_both_and_stays_equal(tmp_path: Path, gnupg: Gnupg) -> None:
    """Every file and the checksums have both signatures; gpgv checks the lot; running again changes nothing."""
    project = projects.make(tmp_path, projects.SHAPES["hatch"])
    secrets = {"TAGSHIP_GPG_KEY": gnupg.make("demo", "open sesame"), "TAGSHIP_GPG_PASSPHRASE": "open sesame"}
    given = {**secrets, "XDG_DATA_HOME": str(tmp_path / "data"), "GITHUB_ACTIONS": "true", "RUNNER_TEMP": str(tmp_path)}
    done = project.tagship("release", "--signers", "key,gpg", **given)
    assert done.code == 0, done.said
    (folder,) = (path.parent for path in project.root.glob("releases/*/release.json"))
    names = {path.name for path in folder.iterdir()}
    signed = sorted(name.removesuffix(".sigstore.json") for name in names if name.endswith(".sigstore.json"))
    assert "checksums.txt" in signed
    assert {f"{name}.asc" for name in signed} | {KEY_FILE} == {name for name in names if name.endswith(".asc")}
    for name in signed:
        assert gpgv(folder / KEY_FILE, folder / name, folder / f"{name}.asc"), name
    (folder / KEY_FILE).with_suffix(".gpg").unlink()
    visible = [line for line in done.said.splitlines() if not line.startswith("::add-mask::")]
    secret = [line for line in secrets["TAGSHIP_GPG_KEY"].splitlines() if len(line) > 30 and "PGP" not in line]
    assert not [line for line in visible if "sesame" in line or any(each in line for each in secret)]
    assert not list(tmp_path.glob("tagship-gpg-*"))

    shutil.rmtree(project.root / "dist")
    again = project.tagship("release", "--signers", "key,gpg", **given)
    assert again.code == 0, again.said
    assert "unchanged" in again.said
    files = os.path.relpath(folder, project.root)
    for name in ("signing-key.pub", KEY_FILE):  # who trusts one of the two needs no other
        held = project.tagship("verify", "--files", files, "--key", f"{files}/{name}")
        assert held.code == 0, held.said
    (folder / signed[0]).write_bytes(b"forged")
    keys = [os.path.relpath(folder / name, project.root) for name in ("signing-key.pub", KEY_FILE)]
    refused = project.tagship("verify", "--files", os.path.relpath(folder, project.root), "--key", ",".join(keys))
    assert refused.code == 6, refused.said
