"""What hostile input can not do; docs/threat-model.md names these tests as its proof."""

import hashlib
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tagship import options
from tagship.adapters import archive
from tagship.adapters.clock import SystemClock
from tagship.adapters.console import Console
from tagship.cli import COMMANDS, main
from tagship.domain.changes import changelog_section
from tagship.domain.changes.commits import Commit, read
from tagship.domain.manifests.python_metadata import parse_pyproject
from tagship.domain.plans import plan
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.target import Target
from tagship.domain.versions.version import Version
from tagship.errors import IntegrityError, ProjectError, UsageError
from tagship.parts import dist
from tagship.parts.release.files import LARGEST

ROOT: Final = Path(__file__).resolve().parents[2]
ACTIONS: Final = [ROOT / "action.yml", *sorted((ROOT / "actions").glob("*/action.yml"))]
WORKFLOW: Final = ROOT / ".github" / "workflows" / "release.yml"
SECRET: Final = "do-not-leak-0123456789"
OWED: Final = Artifact(
    name="a.whl", kind="wheel", package="a", target=Target.ANY, media_type="application/zip", leg="leg"
)

PYPROJECT: Final = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "curious"
version = "1.0"
"""
SET_BY_FILE: Final = '[tool.setuptools.dynamic]\nversion = {file = "../outside"}\n'
BACKEND: Final = """\
import io, os, tarfile, zipfile
META = "Metadata-Version: 2.1\\nName: curious\\nVersion: 1.0\\n"
WHEEL = "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
def build_wheel(folder, config_settings=None, metadata_directory=None):
    seen = repr(dict(os.environ))
    files = {"curious.py": f"seen = {seen!r}", "curious-1.0.dist-info/METADATA": META, "curious-1.0.dist-info/WHEEL": WHEEL}
    files["curious-1.0.dist-info/RECORD"] = "".join(f"{n},,\\n" for n in [*files, "curious-1.0.dist-info/RECORD"])
    with zipfile.ZipFile(os.path.join(folder, "curious-1.0-py3-none-any.whl"), "w") as z:
        for name, text in files.items():
            z.writestr(name, text)
    return "curious-1.0-py3-none-any.whl"
def build_sdist(folder, config_settings=None):
    with tarfile.open(os.path.join(folder, "curious-1.0.tar.gz"), "w:gz", format=tarfile.PAX_FORMAT) as t:
        for name in ("pyproject.toml", "backend.py"):
            t.add(name, "curious-1.0/" + name)
        info = tarfile.TarInfo("curious-1.0/PKG-INFO"); info.size = len(META)
        t.addfile(info, io.BytesIO(META.encode()))
    return "curious-1.0.tar.gz"
"""


def test_project_code_sees_no_secret(tmp_path: Path) -> None:
    """A build script that writes down its whole environment learns no token, key or input."""
    names = ("GITHUB_TOKEN", "TAGSHIP_KEY", "TAGSHIP_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_RUNTIME_TOKEN")
    own = {"GIT_CONFIG_GLOBAL": os.devnull, "AWS_SECRET_ACCESS_KEY": SECRET, **dict.fromkeys(names, SECRET)}
    env = {k: v for k, v in os.environ.items() if not k.startswith(("GITHUB_", "TAGSHIP_", "GIT_"))} | own
    (tmp_path / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    (tmp_path / "backend.py").write_text(BACKEND, encoding="utf-8")
    who = ["-c", "user.name=t", "-c", "user.email=t@tagship.invalid"]
    for argv in (["git", "init", "-q"], ["git", "add", "."], ["git", *who, "commit", "-qm", "feat: x"]):
        subprocess.run(argv, cwd=tmp_path, env=env, check=True)
    for command in ("build-matrix", "build"):
        argv = [sys.executable, "-m", "tagship", command]
        done = subprocess.run(argv, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert SECRET not in done.stdout + done.stderr
    wheel = tmp_path / "dist" / "python-any" / "curious-1.0-py3-none-any.whl"
    seen = zipfile.ZipFile(wheel).read("curious.py").decode()
    assert "SOURCE_DATE_EPOCH" in seen
    assert SECRET not in seen


def test_a_manifest_can_not_have_other_files_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A version file outside the project is neither read nor written by version-bump."""
    for name in [name for name in os.environ if name.startswith(("TAGSHIP_", "GITHUB_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    outside, project = tmp_path / "outside", tmp_path / "project"
    outside.write_text("precious", encoding="utf-8")
    project.mkdir()
    manifest = PYPROJECT.replace('version = "1.0"', 'dynamic = ["version"]') + SET_BY_FILE
    (project / "pyproject.toml").write_text(manifest, encoding="utf-8")
    who = ["-c", "user.name=t", "-c", "user.email=t@tagship.invalid"]
    for argv in (["init", "-q"], ["add", "."], [*who, "commit", "-qm", "feat: x"]):
        subprocess.run(["git", *argv], cwd=project, check=True)
    main(["version-bump", "--working-directory", str(project), "--version", "2.0.0"])
    assert outside.read_text(encoding="utf-8") == "precious"


@pytest.mark.parametrize("name", ["../../evil", "a/b", "-rf", "a b", "a\n", ".hidden", "$(id)"])
def test_a_package_name_is_no_path(name: str) -> None:
    """A name that could lead to another folder, or be an option, is refused where the manifest is read."""
    for text in (f"[project]\nname = {json.dumps(name)}", f"[tool.poetry]\nname = {json.dumps(name)}"):
        with pytest.raises(ProjectError, match="not a package name"):
            parse_pyproject(text, "pyproject.toml")


@pytest.mark.parametrize("value", ["5", "true", "[1]", "{a = 1}", "''", "[]", "1979-05-27"])
@pytest.mark.parametrize(
    "key",
    [
        "project.scripts",
        "project.classifiers",
        "project.readme",
        "project.license",
        "project.version",
        "build-system.requires",
        "build-system.build-backend",
        "tool.setuptools.dynamic.version.file",
        "tool.hatch.version",
    ],
)
def test_a_manifest_with_wrong_types_is_read_all_the_same(key: str, value: str) -> None:
    """A value of a wrong type in a manifest is no crash of ours."""
    version = "" if key == "project.version" else "project.version = '1.0'\n"
    project = parse_pyproject(f"project.name = 'a'\n{version}{key} = {value}\n", "pyproject.toml")
    assert project is not None
    assert project.name == "a"


def _swap(file: Path) -> None:
    file.write_bytes(b"other")


def _add(file: Path) -> None:
    file.with_name("b.whl").write_bytes(b"unasked")


def _link(file: Path) -> None:
    kept = file.rename(file.parent.parent / "kept")
    file.symlink_to(kept)


@pytest.mark.parametrize("attack", [_swap, _add, _link, Path.unlink])
def test_a_file_that_was_tampered_with_between_jobs_stops_the_release(
    attack: Callable[[Path], None], tmp_path: Path
) -> None:
    """Swapped, added, linked or lost: with the digests of the building job nothing gets through."""
    file = tmp_path / "leg" / "a.whl"
    file.parent.mkdir()
    file.write_bytes(b"built")
    digests = {"a.whl": hashlib.sha256(b"built").hexdigest()}
    assert list(dist.collect(tmp_path, (OWED,), digests, "")) == ["a.whl"]
    attack(file)
    with pytest.raises(IntegrityError):
        dist.collect(tmp_path, (OWED,), digests, "")


def test_a_receipt_is_no_proof_where_digests_are_given(tmp_path: Path) -> None:
    """A file that only its receipt vouches for is refused when the job outputs say nothing of it."""
    (tmp_path / "leg").mkdir()
    (tmp_path / "leg" / "a.whl").write_bytes(b"built")
    with pytest.raises(IntegrityError, match="no digest vouches"):
        dist.collect(tmp_path, (OWED,), {"other.whl": "0" * 64}, "")


def test_a_plan_with_another_digest_is_refused() -> None:
    """A plan that changed between jobs is refused before it is read."""
    with pytest.raises(IntegrityError, match="plan digest"):
        plan.decode(b"{}", file="plan.json", expected_digest="0" * 64)


@pytest.mark.parametrize("command", COMMANDS)
def test_secrets_have_no_flag(command: str) -> None:
    """A secret input can not be given in an argument list."""
    secrets = {option.name for option in options.of(options.step_module(command).Inputs) if option.secret}
    flags = {flag.lstrip("-") for param in options.command(command, "", lambda *_: 0).params for flag in param.opts}
    assert not secrets & flags


@pytest.mark.parametrize("tag", ["v1.0.0;id", "v1.0.0\n::error::x", "$(id)", "--upload-pack=id", "v1.0.0/../x"])
def test_a_tag_that_is_no_version_is_refused(tag: str) -> None:
    """A tag is a version or an error; none is ever run or taken for an option."""
    with pytest.raises(UsageError):
        Version.from_tag(tag)


def test_a_commit_message_stays_one_plain_line() -> None:
    """A message brings neither headings nor control or bidirectional characters into the changelog."""
    hostile = read(Commit(id="0" * 40, message="feat: a\u202eb\x1b[31m\r\n\nBREAKING CHANGE: c\r## [9.9.9]"))
    subject = changelog_section.Subject(version=Version(major=1, minor=0, patch=0), date="2026-01-01")
    section = changelog_section.section(subject, (hostile,))
    assert re.findall(r"^## .*", section, re.MULTILINE) == ["## [1.0.0] - 2026-01-01"]
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u202a-\u202e]", section)


@pytest.mark.parametrize(
    "text", ["::add-mask::x", "ok\n  ::set-output name=x::y", "ok\r::warning::x", "a ##[set-output name=x;]y"]
)
def test_text_of_a_project_is_no_workflow_command(text: str) -> None:
    """What a project makes us print is never a command to the runner, in the new or the old form."""
    stream = io.StringIO()
    Console({"GITHUB_ACTIONS": "true"}, SystemClock(), stream).info(text)
    lines = re.split(r"[\r\n]", stream.getvalue())
    assert not any(line.lstrip().startswith("::") or "##[" in line for line in lines)


def test_a_value_forges_no_output(tmp_path: Path) -> None:
    """An output whose value looks like the output file's syntax stays one value."""
    path = tmp_path / "output"
    console = Console({"GITHUB_OUTPUT": str(path)}, SystemClock(), io.StringIO())
    console.outputs({"tag": "v1\nEOF\nurl<<EOF\nhttps://evil.invalid"})
    first, *_, last = path.read_text(encoding="utf-8").splitlines()
    name, delimiter = first.split("<<")
    assert (name, last) == ("tag", delimiter)
    assert path.read_text(encoding="utf-8").count(delimiter) == 2


@pytest.mark.parametrize("name", ["../evil", "/evil", "a/../../evil", "a\\evil"])
def test_an_archive_member_that_leads_out_is_refused(name: str, tmp_path: Path) -> None:
    """A built wheel with a member outside its folder is not packed again."""
    wheel = tmp_path / "a.whl"
    with zipfile.ZipFile(wheel, "w") as made:
        made.writestr(name, "")
    with pytest.raises(ProjectError, match="unsafe"):
        archive.normalise_zip(wheel, 0)


@pytest.mark.parametrize("attack", ["swap", "swap and rewrite the list", "swap and drop the signatures"])
def test_a_changed_release_is_not_verified(attack: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a key, no change of a file, its list or its signature goes through: exit 6."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(("TAGSHIP_", "GITHUB_"))]:
        monkeypatch.delenv(name)
    assert main(["sign-and-attest", "--generate-key", "key.pem"]) == 0
    monkeypatch.setenv("TAGSHIP_KEY", "key.pem")
    file, listed = tmp_path / "r" / "a.whl", tmp_path / "r" / "checksums.txt"
    file.parent.mkdir()
    file.write_bytes(b"good")
    listed.write_text(f"{hashlib.sha256(b'good').hexdigest()}  a.whl\n", encoding="utf-8")
    assert main(["sign-and-attest", "--files", "r/*"]) == 0
    assert main(["verify", "--files", "r", "--key", "key.pem.pub"]) == 0
    file.write_bytes(b"evil")
    if attack != "swap":
        listed.write_text(f"{hashlib.sha256(b'evil').hexdigest()}  a.whl\n", encoding="utf-8")
    if "drop" in attack:
        for bundle in file.parent.glob("*.sigstore.json"):
            bundle.unlink()
    assert main(["verify", "--files", "r", "--key", "key.pem.pub"]) == 6


@pytest.mark.parametrize("ending", [".sigstore.json", ".intoto.jsonl"])
def test_a_signature_without_end_is_not_read(
    ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever verifies a release of others does not run out of memory: what is too large for a signature is none."""
    monkeypatch.chdir(tmp_path)
    assert main(["sign-and-attest", "--generate-key", "key.pem"]) == 0
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / "a.whl").write_bytes(b"good")
    with (tmp_path / "r" / f"a.whl{ending}").open("wb") as file:
        file.truncate(LARGEST + 1)
    assert main(["verify", "--files", "r", "--key", "key.pem.pub"]) == 6
    assert "more than 64 MiB of it" in capsys.readouterr().err


def test_a_key_is_masked_line_by_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Each line of a key given as text is masked before it is used."""
    console = Console({"GITHUB_ACTIONS": "true"}, SystemClock(), sys.stderr)
    console.mask("line one\nline two")
    console.info("a line two b")
    assert capsys.readouterr().err.splitlines()[-1] == "a *** b"


def _runs(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["run"]] if isinstance(node.get("run"), str) else []
        return own + [found for value in node.values() for found in _runs(value)]
    return [found for value in node for found in _runs(value)] if isinstance(node, list) else []


@pytest.mark.parametrize("file", [*ACTIONS, WORKFLOW], ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_expression_stands_in_a_script(file: Path) -> None:
    """A script gets values by environment; each action starts its bootstrap isolated."""
    scripts = _runs(yaml.safe_load(file.read_text(encoding="utf-8")))
    assert not any("${{" in script for script in scripts)
    assert all(" -I " in script for script in scripts)
    assert scripts or file == WORKFLOW


def test_jobs_hold_only_what_the_page_says() -> None:
    """Permissions in the workflow are those of the threat model's table; only what signs and writes has an environment."""
    workflow = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
    page = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `([a-z-]+)` \| `(\{.*?\})` \|", page, re.MULTILINE))
    assert workflow["permissions"] == {}
    assert {name: job["permissions"] for name, job in workflow["jobs"].items()} == {
        name: yaml.safe_load(text) for name, text in told.items()
    }
    guarded = {name for name, job in workflow["jobs"].items() if job.get("environment")}
    assert guarded == {"sign-and-attest", "release-assets", "publish"}
    secrets = {name for name, job in workflow["jobs"].items() if "secrets." in json.dumps(job)}
    assert secrets == {"sign-and-attest", "publish"}
