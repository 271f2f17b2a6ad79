"""What is looked for in files before they are shipped."""

import base64
import io
import tarfile
import zipfile
from pathlib import Path

import msgspec
import pytest

from tagship.domain.files import contents as rules
from tagship.domain.files import mcpb_manifest
from tagship.domain.plans.artifact import Kind
from tagship.errors import ProjectError
from tagship.parts.build import contents
from tests.unit.samples import Warned, artifact, package

KEY = b"-----BEGIN PRIVATE KEY-----\n" + base64.encodebytes(bytes(range(120))) + b"-----END PRIVATE KEY-----\n"
TOKEN = b"ghp_" + b"a1B2" * 9


@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("pkg/.env", True), ("pkg/.env.production", True), ("pkg/.env.example", False), ("pkg/.envrc.py", False),
        ("pkg/environment.py", False), ("home/.ssh/id_ed25519", True), ("id_rsa.pub", False), ("x/.git/config", True),
        (".gitignore", False), ("a/credentials.json", True), ("a/credentials.py", False), ("a/service-account-1.json", True),
        ("store.p12", True), ("/etc/passwd", True), ("a/../../b", True), ("a\\b", True), (".netrc", True),
        ("certifi/cacert.pem", False),
    ],
)  # fmt: skip
def test_names_that_are_not_shipped(name: str, *, refused: bool) -> None:
    """Those that hold secrets by custom, the repository's own, and those that leave the folder."""
    assert bool(rules.wrong_name(name)) is refused


@pytest.mark.parametrize(
    ("name", "data", "what"),
    [
        ("a.pem", KEY, "a private key"),
        ("a.pem", KEY.replace(b"PRIVATE", b"RSA PRIVATE"), "a private key"),
        ("a.py", b"x = '-----BEGIN PRIVATE KEY-----'", ""),
        ("a.pem", KEY.replace(b"PRIVATE KEY", b"CERTIFICATE"), ""),
        ("demo-1.0/tests/data/key.pem", KEY, ""),
        ("tests/a.py", b"token = '" + TOKEN + b"'", "a token of GitHub"),
        ("a.py", b"ghp_short", ""),
        (".npmrc", b"//registry.npmjs.org/:_authToken=0123456789-abcdef-0123456789", "a token of npm"),
        (".npmrc", b"//registry.npmjs.org/:_authToken=${NODE_AUTH_TOKEN}", ""),
        ("a", b"AKIA" + b"A1B2" * 4, "an access key of AWS"),
        ("a", b"pypi-AgEIcHlwaS5vcmc" + b"x" * 60, "a token of PyPI"),
        ("a", b"\x00\xff" * 100, ""),
    ],
)
def test_what_looks_like_a_secret(name: str, data: bytes, what: str) -> None:
    """Told by what it is; markers without a key, public certificates and keys of tests are none."""
    assert what in rules.secret_in(name, data)
    assert bool(rules.secret_in(name, data)) is bool(what)


def tarball(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return path


def wheel(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    return path


def test_all_that_is_wrong_is_told_at_once_and_no_secret_with_it(tmp_path: Path) -> None:
    """Of both files of a package."""
    files = {
        artifact("a.whl", "wheel"): wheel(tmp_path / "a.whl", {"a/.env": b"X=1", "a/b.py": TOKEN, "A/b.py": b""}),
        artifact("a.tar.gz", "sdist"): tarball(tmp_path / "a.tar.gz", {"a/k.pem": KEY, "a/ok.py": b""}),
    }
    with pytest.raises(ProjectError) as caught:
        contents.check_all(files, package(), Warned())
    assert [(p.file, p.message.partition(":")[0]) for p in caught.value.problems] == [
        ("a.whl", "a/.env"), ("a.whl", "a/b.py"), ("a.whl", "a/b.py"), ("a.tar.gz", "a/k.pem"),
    ]  # fmt: skip
    assert TOKEN.decode() not in str(caught.value)
    assert all("allow-files" in problem.hint for problem in caught.value.problems)


def test_a_member_that_is_there_twice_is_no_harm(tmp_path: Path) -> None:
    """An sdist made from an unpacked sdist has two PKG-INFO; whoever unpacks it gets one file."""
    path = tmp_path / "a.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for _ in range(2):
            tar.addfile(tarfile.TarInfo("a-1.0/PKG-INFO"), io.BytesIO(b""))
    contents.check_all({artifact("a.tar.gz", "sdist"): path}, package(), Warned())


def test_what_the_configuration_allows_is_shipped(tmp_path: Path) -> None:
    """By name or by path."""
    mine = msgspec.structs.replace(package(), details={"allow-files": ".env\na/keys/*"})
    path = wheel(tmp_path / "a.whl", {"a/.env": b"X=1", "a/keys/k.pem": KEY})
    contents.check_all({artifact("a.whl", "wheel"): path}, mine, Warned())


def test_a_bundle_is_asked_the_same(tmp_path: Path) -> None:
    """Certificates that a dependency brings may be in it; what is refused is let through by name, as in any other file."""
    files = {
        "manifest.json": b"{}",
        ".env": b"X=1",
        "k.pem": KEY,
        "node_modules/tls/ca.pem": KEY.replace(b"PRIVATE", b"PUBLIC"),
    }
    bundle = {artifact("a.mcpb", "mcpb"): wheel(tmp_path / "a.mcpb", files)}
    with pytest.raises(ProjectError) as caught:
        contents.check_all(bundle, package(), Warned())
    assert [each.message.partition(":")[0] for each in caught.value.problems] == [".env", "k.pem"]
    assert mcpb_manifest.problems({"server": {"entry_point": "manifest.json"}}, files) == []
    contents.check_all(bundle, msgspec.structs.replace(package(), details={"allow-files": ".env\nk.pem"}), Warned())


def test_sizes_that_a_registry_refuses(tmp_path: Path) -> None:
    """Nothing at all, or more than it takes, with the numbers."""
    (tmp_path / "a.whl").touch()
    with pytest.raises(ProjectError, match="it is empty"):
        contents.check_all({artifact("a.whl", "wheel"): tmp_path / "a.whl"}, package(), Warned())
    with (tmp_path / "a.whl").open("wb") as sparse:
        sparse.truncate(104_857_601)
    with pytest.raises(ProjectError, match="PyPI takes 104,857,600") as caught:
        contents.check_all({artifact("a.whl", "wheel"): tmp_path / "a.whl"}, package(), Warned())
    assert caught.value.exit_code == 3
    assert all(problem.hint for problem in caught.value.problems)
    assert rules.too_big("archive", 104_857_601) == ""
    assert "GitHub Releases takes 2,147,483,648" in rules.too_big("archive", (2 << 30) + 1)


METADATA = b"Metadata-Version: 2.4\nName: demo\nVersion: 1\n"
TEXT = (
    b"License: Permission is hereby granted, free of charge, to any person obtaining a copy\n        of this software\n"
)


@pytest.mark.parametrize(
    ("kind", "member", "data", "said"),
    [
        ("wheel", "demo-1.dist-info/METADATA", METADATA + b"License-Expression: MIT\n", ""),
        ("wheel", "demo-1.dist-info/METADATA", METADATA + b"License: mit\n", ""),
        ("wheel", "demo-1.dist-info/METADATA", METADATA + b"Classifier: License :: OSI Approved :: MIT License\n", ""),
        ("wheel", "demo-1.dist-info/METADATA", METADATA + TEXT, ""),
        ("wheel", "demo-1.dist-info/METADATA", METADATA, "a.whl: its metadata says no licence, the plan says MIT"),
        ("wheel", "demo-1.dist-info/METADATA", METADATA + b"License-Expression: MPL-2.0\n", "its licence is MPL-2.0, "),
        ("wheel", "demo-1.dist-info/METADATA", METADATA + b"License: ours alone\n", "its licence is 'ours alone', the"),
        ("wheel", "other/x.dist-info/METADATA", METADATA + b"License: ours alone\n", ""),
        ("sdist", "demo-1/PKG-INFO", METADATA + b"License-Expression: MPL-2.0\n", "its licence is MPL-2.0, "),
        ("sdist", "demo-1/src/demo.egg-info/PKG-INFO", METADATA, ""),
        ("npm", "package/package.json", b'{"license": "MIT"}', ""),
        ("npm", "package/package.json", b'{"license": {"type": "MIT"}}', ""),
        ("npm", "package/package.json", b'{"license": "SEE LICENSE IN X"}', "its licence is 'SEE LICENSE IN X', the"),
        ("npm", "package/node_modules/a/package.json", b"{}", ""),
        ("mcpb", "manifest.json", b'{"license": "Apache-2.0"}', "its licence is Apache-2.0, the plan says MIT"),
        ("mcpb", "node_modules/a/package.json", b"{}", ""),
    ],
)
def test_the_licence_inside_a_file_is_compared_with_the_plans(
    kind: Kind, member: str, data: bytes, said: str, tmp_path: Path
) -> None:
    """What a registry will show: another one, or none, is warned of; that of something inside is not looked at."""
    pack, name = (tarball, "a.tar.gz") if kind in {"sdist", "npm"} else (wheel, "a.whl")
    reporter = Warned()
    contents.check_all({artifact(name, kind): pack(tmp_path / name, {member: data})}, package(), reporter)
    assert [said in each.message for each in reporter.problems] == ([True] if said else [])


def test_a_package_without_a_known_licence_is_not_judged(tmp_path: Path) -> None:
    """That it is unknown was told when it was planned."""
    reporter, unknown = Warned(), msgspec.structs.replace(package(), license=None)
    path = wheel(tmp_path / "a.whl", {"demo-1.dist-info/METADATA": METADATA})
    contents.check_all({artifact("a.whl", "wheel"): path}, unknown, reporter)
    assert reporter.problems == []
