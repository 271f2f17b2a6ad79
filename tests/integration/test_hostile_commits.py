"""What commits, people, tags and packages are called is hostile text: nothing that is written or printed is led astray."""

import json
import re
from pathlib import Path

import pytest

from tests.integration import projects
from tests.integration.projects import Project, Result

FILES = projects.plain(projects.manifest(projects.HATCH), '__version__ = "1.2.0"')
OUTPUTS = {
    "bumped", "version", "previous-version", "tag", "tagged", "changelog", "commit", "pull-request", "run", "packages",
}  # fmt: skip
PWNED = Path(__file__).with_name("pwned")
MESSAGES = {
    "annotation": "feat: x\n\n::error::you lost\n::set-output name=tag::v9.9.9\n::add-mask::e",
    "annotation in the subject": "feat: ::error file=a::b",
    "encoded annotation": "feat: %0A::error::x %0D%0A::stop-commands::y",
    "delimiter": "feat: x<<EOF\nEOF\ntag=v9.9.9\nghadelimiter_1",
    "shell": f"feat: $(touch {PWNED}) `touch {PWNED}` ; touch {PWNED}",
    "template": "feat: {{ 7*7 }} ${{ secrets.X }} {% raw %}",
    "terminal": "feat: \x1b[31mred\x1b]0;title\x07 \x9b31m \x08\x08\x7f",
    "terminal, not conventional": "\x1b[31mred\x1b]0;title\x07 \r::error::x\u202e",
    "bidi": "feat: \u202etxt.exe\u2066 \u200bhidden",
    "heading": "feat: x\r## [9.9.9]\r\n\n## [9.9.8] - 2026-01-01",
    "html": "feat: <!-- <details><script>alert(1)</script>",
    "a megabyte": "feat: " + "x" * 1_000_000,
    "a megabyte of body": "feat: x\n\n" + "BREAKING CHANGE\n" * 70_000,
    "options": f"--version\n\n--upload-pack=touch {PWNED}",
    "a version that is none": "feat: x\n\nRelease-As: 9.9.9; rm -rf /",
    "a path as a version": "feat: x\n\nRelease-As: ../../x",
}


def runner(project: Project, *arguments: str) -> tuple[Result, dict[str, str]]:
    """Run as in a job, and read the outputs as the runner does (docs.github.com: workflow commands, multiline strings)."""
    out = project.home / "output"
    out.write_text("", encoding="utf-8")
    done = project.tagship("version-bump", *arguments, GITHUB_ACTIONS="true", GITHUB_OUTPUT=str(out))
    lines = out.read_text(encoding="utf-8").split("\n")
    values: dict[str, str] = {}
    while lines and lines[0]:
        name, _, delimiter = lines.pop(0).partition("<<")
        end = lines.index(delimiter)
        values[name] = "\n".join(lines[:end])
        lines = lines[end + 1 :]
    return done, values


def assert_harmless(project: Project, done: Result, values: dict[str, str]) -> None:
    assert "Traceback" not in done.said
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", done.said)
    commands = [line for line in done.said.splitlines() if line.startswith("::")]
    assert all(re.match(r"::(notice|warning|error|group|endgroup|add-mask)( |::)", line) for line in commands)
    assert not any("you lost" in line or "stop-commands" in line for line in commands)
    assert not PWNED.exists()
    assert not values or set(values) == OUTPUTS
    changelog = project.root / "CHANGELOG.md"
    text = changelog.read_text(encoding="utf-8") if changelog.exists() else ""
    assert re.findall(r"^## \[([^]]*)\]", text, re.MULTILINE) == ([values["version"]] if text else [])
    assert not re.search(r"(?<!\\)<(!--|script|details)", text)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b]", text)


@pytest.mark.parametrize("name", MESSAGES)
def test_messages(tmp_path: Path, name: str) -> None:
    """One section, one commit, one tag, the declared outputs, no command of anybody else's."""
    project = projects.make(tmp_path, FILES)
    path = project.home / "message"
    path.write_bytes(MESSAGES[name].encode("utf-8"))
    project.git("commit", "--quiet", "--allow-empty", "--cleanup=verbatim", "--file", str(path))
    tags = project.git("tag").split()
    done, values = runner(project, "--mode", "commit")
    assert done.code in {0, 2}, done.said
    assert_harmless(project, done, values)
    made = set(project.git("tag").split()) - set(tags)
    assert made == ({values["tag"]} if values and values["bumped"] == "true" else set())
    assert all(re.fullmatch(r"v\d+\.\d+\.\d+", tag) for tag in made)
    assert project.git("status", "--porcelain") == ""


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    """A message in Latin-1 that says nothing of it, and one that says so."""
    project = projects.make(tmp_path, FILES)
    path = project.home / "message"
    for option, data in (("", b"feat: caf\xe9 \xff\xfe"), ("i18n.commitEncoding=latin1", b"fix: caf\xe9")):
        path.write_bytes(data)
        extra = ("-c", option) if option else ("-c", "i18n.commitEncoding=utf-8")
        project.git(*extra, "commit", "--quiet", "--allow-empty", "--file", str(path))
    done, values = runner(project, "--mode", "commit")
    assert done.code == 0, done.said
    assert_harmless(project, done, values)
    assert "- café (" in (project.root / "CHANGELOG.md").read_text(encoding="utf-8")


def test_people(tmp_path: Path) -> None:
    """Names and addresses are chosen by whoever commits."""
    project = projects.make(tmp_path, FILES)
    author = "::error::x <script> @everyone \u202e`$(id)` <a@example.invalid>"
    message = (
        "feat: x\n\nCo-authored-by: ::error::y\x1b[1m <y@example.invalid>\nCo-authored-by: <!-- <z@example.invalid>"
    )
    project.git("commit", "--quiet", "--allow-empty", "--author", author, "--message", message)
    done, values = runner(project, "--mode", "commit")
    assert done.code == 0, done.said
    assert_harmless(project, done, values)


@pytest.mark.parametrize(
    "tag", ["v1.9.0;rm", "v1.9.0$(id)", "v1.9.0`id`", "v9.9.9\u202e", "v1.9.0'", "--v9.9.9", "@9.9.9"]
)
def test_tags(tmp_path: Path, tag: str) -> None:
    """A tag that is no version is none; it is told only where it is harmless."""
    project = projects.make(tmp_path, FILES)
    commit = project.git("rev-parse", "HEAD")
    (project.root / ".git" / "packed-refs").write_text(f"{commit} refs/tags/{tag}\n", encoding="utf-8")
    project.commit("fix: a")
    done, values = runner(project, "--mode", "commit", "--explain")
    assert done.code == 0, done.said
    assert_harmless(project, done, values)
    assert values["previous-version"] == "1.2.0"


@pytest.mark.parametrize(
    "name", ["--upload-pack=touch", "a b", "$(id)", "-rf", "x;y", "caf\u00e9", "a'b", ":(exclude)x", "[x]"]
)
def test_folders(tmp_path: Path, name: str) -> None:
    """Names that git or a shell could take for something else are names."""
    files = {
        f"{name}/{folder}/{file}": text.replace("demo-server", folder).replace("demo_server", folder)
        for folder in ("one", "two")
        for file, text in projects.plain(projects.manifest(projects.HATCH)).items()
    }
    project = projects.make(tmp_path, files, tag="one-v1.2.0")
    project.git("tag", "two-v1.2.0")
    project.commit("feat: a", {f"{name}/one/x.txt": "x"})
    done = project.tagship("version-bump", "--mode", "commit", "--json")
    assert done.code == 0, done.said
    packages = {each["name"]: each["version"] for each in json.loads(json.loads(done.out)["packages"])}
    assert packages == {"one": "1.3.0", "two": "1.2.0"}
    assert project.git("status", "--porcelain") == ""
