"""Files made to break readers: bombs, traversal, odd encodings and numbers, in every file that planning reads.

Each ends in a clear error with a documented code or in a plan; never in a traceback, never outside of the project.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from tagship.cli import main
from tests.integration import projects

PACKAGE: Final = '{"name": "demo", "version": "1.2.0", "license": "MIT", "bin": {"demo": "main.js"}'
DEEP: Final = 100_000
BOMBS: Final[Mapping[str, str]] = {
    "nothing": "",
    "binary": "\0\x01\x02\u00ff" * 50,
    "deep lists": "[" * DEEP,
    "deep lists as a value": "a = " + "[" * DEEP + "\n",
    "deep objects": '{"a":' * DEEP,
    "flow mappings": "{a: " * DEEP,
    "a number of a million digits": '{"version": 1' + "0" * 1_000_000 + "}",
    "a toml number of ten thousand digits": "version = 1" + "0" * 10_000 + "\n",
    "not a number": '{"version": NaN, "name": Infinity}',
    "a lone surrogate": '{"name": "\\ud800", "version": "1.2.0"}',
    "a long line": "x" * 5_000_000,
    "only comments": "# a\n" * 50_000,
    "laughs": "a: &a [x, x, x, x, x, x, x, x, x]\n"
    + "".join(f"{n}: &{n} [{', '.join([f'*{p}'] * 9)}]\n" for p, n in zip("abcdefgh", "bcdefghi", strict=True)),
    "an alias of itself": "a: &a [*a]\n",
    "a tag of python": "a: !!python/object/apply:os.system ['touch pwned']\n",
    "keys twice": '{"name": "a", "name": "b", "version": "1.2.0", "version": "2.0.0"}',
    "names that python knows": '{"__proto__": {"name": "x"}, "constructor": 1}',
    "dates": "name: 2001-02-30\nversion: 12:30:45\n",
}
READ: Final = (
    "tagship.yaml", "pyproject.toml", "package.json", "package-lock.json", "Cargo.toml", "Cargo.lock", "go.mod", "go.work",
    "server.json", "manifest.json", "README.md", "CITATION.cff", "charts/demo/Chart.yaml", "Dockerfile", "setup.cfg",
    "pnpm-workspace.yaml", "LICENSE", "src/demo_server/__init__.py",
)  # fmt: skip


def outcome(project: projects.Project, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Plan inside the test: there are hundreds of these."""
    before = {path for path in project.root.parent.rglob("*") if ".git" not in path.parts}
    code = main(["build-matrix", "--working-directory", str(project.root), "--probes", "false", *arguments])
    told = capsys.readouterr()
    after = {path for path in project.root.parent.rglob("*") if ".git" not in path.parts}
    assert {path.name for path in after - before} <= {"plan.json"}
    assert "Traceback" not in told.err
    assert "this is a bug" not in told.err
    assert len(told.err) < 100_000, "a bomb is not repeated to the reader"
    assert not set(told.err) & {"\x00", "\x1b", "\u202e", "\u2066"}
    return code, told.err


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the environment of this job and its user out of it."""
    for name in [*os.environ]:
        if name.startswith(("GITHUB_", "TAGSHIP_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)


@pytest.mark.parametrize("file", READ)
def test_bombs_are_refused_or_left_alone(file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One after the other in the place of each file, beside a project that is sound."""
    project = projects.make(tmp_path, projects.SHAPES["hatch"], tag="")
    for name, text in BOMBS.items():
        path = project.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        project.commit(name)
        code, said = outcome(project, capsys)
        assert code in {0, 1, 2, 3}, (name, said)
        named = any(words in said for words in (file.rpartition("/")[2], "nothing to publish", "different versions"))
        assert named or not code, (name, said)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "latin-1", "utf-8-sig"])
def test_other_encodings(encoding: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A byte order mark is fine; what is no UTF-8 is named."""
    project = projects.make(tmp_path, {"README.md": "x"}, tag="")
    (project.root / "package.json").write_bytes((PACKAGE + ', "description": "caf\u00e9"}').encode(encoding))
    (project.root / "main.js").write_text("#!/usr/bin/env node\n", encoding="utf-8")
    project.commit("feat: odd")
    code, said = outcome(project, capsys)
    assert code in ({0} if encoding == "utf-8-sig" else {0, 3}), said


@pytest.mark.parametrize(
    "name",
    ["../../evil", "/etc/passwd", "..", "a/b/c", "a b", "a;touch pwned", "$(touch pwned)", "`id`", "-rf", "--help",
     "a\nb", "a\u202eb", "CON", "a" * 5000, "@octo/../evil", "\u0430dmin", "%2e%2e", "a\\b", "a:b"],
)  # fmt: skip
def test_names_that_are_paths_or_programs(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No registry has such names: refused at its place, or all files are called by something plain."""
    for file, text in {
        "package.json": json.dumps({"name": name, "version": "1.2.0", "license": "MIT", "bin": {"demo": "main.js"}}),
        "pyproject.toml": f'[project]\nname = {json.dumps(name)}\nversion = "1.2.0"\nlicense = "MIT"\n',
        "Cargo.toml": f'[package]\nname = {json.dumps(name)}\nversion = "1.2.0"\nlicense = "MIT"\n',
    }.items():
        project = projects.make(tmp_path / file, {file: text, "main.js": "", "src/main.rs": "fn main() {}\n"}, tag="")
        code, said = outcome(project, capsys)
        assert code in {0, 2, 3}, said
        if code == 0:
            plan = json.loads((project.root / "plan.json").read_bytes())
            assert all(artifact["name"] == Path(artifact["name"]).name for artifact in plan["artifacts"])


@pytest.mark.parametrize("file", ["pyproject.toml", "README.md", "LICENSE", "server.json", "tagship.yaml"])
def test_links_that_lead_out_of_the_tree(file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a link points at is nobody's business: a commit holds the link, not the file."""
    secret = tmp_path / "secret"
    secret.write_text('name: "s3cr3t-outside"\n', encoding="utf-8")
    project = projects.make(tmp_path, projects.SHAPES["hatch"], tag="")
    (project.root / file).unlink(missing_ok=True)
    (project.root / file).symlink_to(secret)
    project.commit("feat: a link")
    _code, said = outcome(project, capsys)
    assert "s3cr3t-outside" not in said


def test_folders_with_spaces_and_turned_letters(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The project's folder may be called anything; what is told is escaped."""
    project = projects.make(tmp_path / "a b \u202e c 'd\" $(touch pwned)", projects.SHAPES["hatch"], tag="")
    code, said = outcome(project, capsys)
    assert code == 0, said
    (project.root / "tagship.yaml").write_text("nope: 1\n", encoding="utf-8")
    code, said = outcome(project, capsys)
    assert code == 2
    assert "tagship.yaml:1:1" in said
