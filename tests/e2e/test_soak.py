"""Random small projects, released whole into a folder and onto a GitHub that fails at random: nothing is ever half there.

CI makes a few of them; ``make soak`` makes 200, or as many as ``TAGSHIP_SOAK`` says.
"""

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.fakes.github import Answer, Cut, Delay, Drop, GithubServer, Reset, Starter
from tests.fakes.github.faults import Effect
from tests.fakes.github.values import Commit
from tests.integration import projects
from tests.integration.projects import Project, Result
from tests.integration.release_run import is_publication

EXAMPLES: Final = int(os.environ.get("TAGSHIP_SOAK", "3"))
THE_FOLDERS_OWN: Final = {"index.html", "RELEASE_NOTES.md", "release.json"}
MARKER: Final = "io.github.octo/soak"
PYTHON_BACKENDS: Final = {
    "hatch": projects.HATCH,
    "uv": '[build-system]\nrequires = ["uv_build>=0.9"]\nbuild-backend = "uv_build"\n',
}
names = st.from_regex(r"[a-z][a-z0-9]{1,8}(-[a-z0-9]{1,6})?", fullmatch=True).filter(
    lambda name: name not in {"test", "tests", "http"}
)
versions = st.builds(
    lambda core, rest: ".".join(map(str, core)) + rest,
    st.tuples(*[st.integers(0, 40)] * 3).filter(any),
    st.sampled_from(["", "", "", "-rc.1", "-alpha.3", "-beta.10"]),
)
effects: st.SearchStrategy[Effect] = st.one_of(
    st.sampled_from([500, 502, 503]).map(lambda status: Answer(status=status)),
    st.sampled_from([Reset(), Drop(), Cut(), Starter(), Delay(seconds=0.05)]),
)
faults = st.lists(st.tuples(effects, st.integers(1, 40)), max_size=4)


@dataclass(frozen=True)
class Soaked:
    """One random project: files, version, what its configuration asks for, and what goes wrong at which request."""

    files: dict[str, str]
    version: str
    faults: list[tuple[Effect, int]]
    immutable: bool


@st.composite
def soaked(draw: st.DrawFn) -> Soaked:
    """Put packages of one or two languages beside each other, with or without a configuration."""
    version = draw(versions)
    chosen = draw(st.lists(st.sampled_from(["python", "npm"]), min_size=1, max_size=2, unique=True))
    own = draw(st.lists(names, min_size=len(chosen), max_size=len(chosen), unique=True))
    files = {"README.md": f"# Soak\n\n<!-- mcp-name: {MARKER} -->\n"}
    for language, name in zip(chosen, own, strict=True):
        folder = f"{name}/" if len(chosen) > 1 else ""
        make = {"python": _python, "npm": _npm}[language]
        files |= {f"{folder}{file}": text for file, text in make(name, version, draw).items()}
    asked = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "sbom": st.sampled_from([["cyclonedx"], ["spdx"], ["cyclonedx", "spdx"], []]),
                "name": names,
            },
        )
    )
    if asked:
        files["tagship.yaml"] = json.dumps(asked)
    if draw(st.booleans()):
        files["CHANGELOG.md"] = f"# Changelog\n\n## {version}\n\n- {draw(st.text(max_size=40).map(_printable))}\n"
    return Soaked(files=files, version=version, faults=draw(faults), immutable=draw(st.booleans()))


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="TAGSHIP_SOAK" not in os.environ,
    database=None,
    phases=[Phase.generate],  # a smaller example of minutes each would take hours to find
    suppress_health_check=list(HealthCheck),
)
@given(soaked())
def test_nothing_is_ever_half_there(chosen: Soaked) -> None:
    """Whatever fails: one release with exactly the planned bytes, published last, the same twice and in both places."""
    with tempfile.TemporaryDirectory(prefix="soak-") as place:
        tag = f"v{chosen.version}"
        project = projects.make(Path(place), chosen.files, tag)
        with GithubServer(description=None) as server:
            object.__setattr__(server.repository().settings, "immutable_releases", chosen.immutable)
            done = project.tagship("release", "--targets", "linux-x86_64", "--json", **server.environment())
            assert done.code == 0, done.said
            wanted = _digests(project.root / "releases" / tag)
            _push(project, server, tag)
            for effect, number in chosen.faults:
                server.faults.add(effect, number=number)
            _converges(project, server)
            _is_whole(server, wanted)
            before = len(server.journal.entries)
            again = _to_github(project, server)
            assert again.code == 0, again.said
            asked = {(entry.method, entry.path) for entry in server.journal.entries[before:] if entry.method != "GET"}
            assert asked <= {("POST", "/repos/octo/demo/releases/generate-notes")}, "which writes nothing"
            _is_whole(server, wanted)


def _push(project: Project, server: GithubServer, tag: str) -> None:
    repository, commit = server.repository(), project.git("rev-parse", "HEAD")
    repository.commits[commit] = Commit(sha=commit, message="feat: begin", date=datetime(2026, 3, 1, 12, tzinfo=UTC))
    repository.tags[tag] = commit


def _converges(project: Project, server: GithubServer) -> None:
    """Run until it is done: a run that failed says so with a documented code; the next one, undisturbed, ends well."""
    done = _to_github(project, server)
    assert "Traceback" not in done.said
    assert done.code in {0, 4, 5}, done.said
    if done.code:
        server.faults.clear()
        done = _to_github(project, server)
    assert done.code == 0, done.said


def _to_github(project: Project, server: GithubServer) -> Result:
    arguments = ("--targets", "linux-x86_64", "--forge", "github", "--retry-window", "20", "--json")
    return project.tagship("release", *arguments, **server.environment(), **_key(project))


def _key(project: Project) -> dict[str, str]:
    """Sign with the key that the release into the folder made, so that both have the same bytes."""
    return {"TAGSHIP_KEY": str(project.home / ".local" / "share" / "tagship" / "local-signing-key.pem")}


def _is_whole(server: GithubServer, wanted: dict[str, str]) -> None:
    repository = server.repository()
    (release,) = repository.releases.values()
    assert not release.draft
    there = {asset.name: asset.blob.sha256 if asset.blob else "" for asset in repository.assets_of(release.id)}
    assert there == wanted
    entries = server.journal.entries
    published = [number for number, entry in enumerate(entries) if is_publication(entry) and entry.status == 200]
    uploaded = [n for n, entry in enumerate(entries) if entry.method == "POST" and entry.path.endswith("/assets")]
    assert not [number for number in uploaded if number > published[-1]]


def _digests(folder: Path) -> dict[str, str]:
    """Hash the release's files."""
    listed = json.loads(next(folder.glob("*.release.json")).read_text(encoding="utf-8"))
    names_ = {each["name"] for each in listed["artifacts"]}
    files = {path.name for path in folder.iterdir() if path.is_file()} - THE_FOLDERS_OWN
    assert names_ <= files
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in files}


def _python(name: str, version: str, draw: st.DrawFn) -> dict[str, str]:
    module = name.replace("-", "_")
    backend = PYTHON_BACKENDS[draw(st.sampled_from(sorted(PYTHON_BACKENDS)))]
    licence = draw(st.sampled_from(["MIT", "Apache-2.0", "MIT OR Apache-2.0"]))
    spelt = version.replace("-rc.", "rc").replace("-alpha.", "a").replace("-beta.", "b")
    manifest = (
        f'{backend}\n[project]\nname = "{name}"\nversion = "{spelt}"\ndescription = "Soak"\nreadme = "README.md"\n'
        f'license = "{licence}"\nrequires-python = ">=3.11"\n\n[project.scripts]\n{name} = "{module}:main"\n'
    )
    return {
        "pyproject.toml": manifest,
        "README.md": f"# {name}\n\n<!-- mcp-name: {MARKER} -->\n",
        f"src/{module}/__init__.py": f'def main() -> None:\n    print("{name}")\n',
    }


def _npm(name: str, version: str, draw: st.DrawFn) -> dict[str, str]:
    manifest = {
        "name": f"@octo/{name}",
        "version": version,
        "license": draw(st.sampled_from(["MIT", "ISC"])),
        "bin": {name: "main.js"},
        "files": ["main.js"],
    }
    return {
        "package.json": json.dumps(manifest, indent=2),
        "README.md": f"# {name}\n",
        "main.js": "#!/usr/bin/env node\nconsole.log('hello');\n",
    }


def _printable(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable()).strip() or "begin"
