"""How to install it, in a README between markers: written by version-bump as the release will be, and looked at by doctor."""

import json
from pathlib import Path
from typing import Final

import pytest

from tests.integration import projects
from tests.integration.bump_run import cloned
from tests.integration.projects import Project, Result
from tests.integration.test_doctor import doctor

BEGIN, END = "<!-- tagship-install: begin -->", "<!-- tagship-install: end -->"
HEAD, TAIL = (
    "# Demo\n\nIt demonstrates.\n\n## Install\n\n",
    "\n\n## Use it\n\n`demo-server`\n\n<!-- mcp-name: io.github.octo/demo-server -->\n",
)
EMPTY: Final = f"{HEAD}{BEGIN}{END}{TAIL}"
CONFIG: Final = "channels:\n  - pypi\n  - {kind: pages, address: 'https://octo.github.io/demo'}\n"
SERVER: Final = """{
  "name": "io.github.octo/demo-server", "description": "It demonstrates.", "version": "1.2.0",
  "packages": [{"registryType": "pypi", "identifier": "demo-server", "version": "1.2.0", "transport": {"type": "stdio"},
    "environmentVariables": [{"name": "DEMO_KEY", "isRequired": true, "isSecret": true}]}]
}
"""
FILES: Final = {
    **projects.plain(projects.manifest(projects.HATCH), '__version__ = "1.2.0"'),
    "README.md": EMPTY,
    "server.json": SERVER,
    "tagship.yaml": CONFIG,
    "CHANGELOG.md": "# Changelog\n\n## [1.2.0] - 2026-01-01\n\n- first\n",
}
OURS: Final = {"GITHUB_REPOSITORY": "octo/demo"}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Make a released project whose README has markers, and something to release."""
    made = projects.make(tmp_path, FILES)
    made.commit("feat: more")
    return made


def readme(project: Project, file: str = "README.md") -> str:
    return (project.root / file).read_bytes().decode()


def inside(text: str) -> str:
    """Return what is between the markers; what is around them stays."""
    assert text.startswith(HEAD + BEGIN)
    assert text.endswith(END + TAIL)
    return text.removeprefix(HEAD + BEGIN).removesuffix(END + TAIL)


def bump(project: Project, *arguments: str) -> None:
    done = project.tagship("version-bump", *arguments, **OURS)
    assert done.code == 0, done.said


def test_the_section_is_that_of_the_version_to_be(project: Project) -> None:
    """Lines, configurations and the page, of the version that is tagged with it; committed with the rest."""
    bump(project, "--mode", "commit")
    text = inside(readme(project))
    assert "**uvx**\n\n```sh\nuvx --from demo-server==1.3.0 demo-server\n```" in text
    start = "claude mcp add -e 'DEMO_KEY=<DEMO_KEY>' demo-server -- uvx --from demo-server==1.3.0 demo-server"
    assert f"<summary>Claude Code</summary>\n\n```sh\n{start}\n```" in text
    assert '"mcpServers"' in text
    assert "${input:DEMO_KEY}" in text
    assert "(<https://octo.github.io/demo/releases/v1.3.0/>)" in text
    assert "1.2.0" not in text
    assert project.git("status", "--porcelain", "README.md") == ""
    assert project.git("describe", "--exact-match") == "v1.3.0"


def test_it_is_written_once_and_follows(project: Project) -> None:
    """A second run changes nothing; the next version replaces all of it, with what came into the configuration meanwhile."""
    bump(project, "--mode", "files")
    first = readme(project)
    bump(project, "--mode", "files")
    assert readme(project) == first
    project.commit("chore: release", {})
    project.commit("feat: without an index", {"tagship.yaml": "channels: []\n"})
    bump(project, "--version", "2.0.0")
    wheel = "https://github.com/octo/demo/releases/download/v2.0.0/demo_server-2.0.0-py3-none-any.whl"
    assert f"uvx --from {wheel} demo-server" in inside(readme(project))
    assert "octo.github.io" not in readme(project)


@pytest.mark.parametrize(
    "text",
    [
        projects.README,
        f"# Demo\n\n```markdown\n{BEGIN}\n{END}\n```\n\n<!-- mcp-name: io.github.octo/demo-server -->\n",
        f"# Demo\n\n{BEGIN}\n\nno end\n\n<!-- mcp-name: io.github.octo/demo-server -->\n",
    ],
)
def test_nothing_happens_without_markers(project: Project, text: str) -> None:
    """None, shown in a code block, or not closed: the file keeps its bytes."""
    project.commit("docs: other", {"README.md": text})
    bump(project)
    assert readme(project) == text


def test_line_ends_and_other_pages_are_kept(project: Project) -> None:
    """Each page with markers has the section; CRLF stays CRLF."""
    page = project.root / "docs" / "install.md"
    page.parent.mkdir()
    page.write_bytes(EMPTY.replace("\n", "\r\n").encode())
    project.commit("docs: a page", {})
    bump(project)
    data = page.read_bytes()
    assert data.count(b"\n") == data.count(b"\r\n")
    assert data.decode().replace("\r\n", "\n") == readme(project)


def test_a_project_that_cannot_be_planned_is_bumped_all_the_same(project: Project) -> None:
    """The section stays, and why is told."""
    project.commit("feat: odd", {"tagship.yaml": "channels: [{kind: pages}]\n"})
    done = project.tagship("version-bump", **OURS)
    assert done.code == 0, done.said
    assert "README.md: how to install stays as it is: the channel pages has no address" in done.said
    assert readme(project) == EMPTY


def test_packages_of_a_repository_have_their_own(tmp_path: Path) -> None:
    """A README in a package's folder is about that one; the one on top about all, each with its own version."""
    shape = projects.plain(projects.manifest(projects.HATCH), '__version__ = "1.2.0"')
    files = {
        f"{name}/{file}": text.replace("demo-server", f"{name}-server").replace("1.2.0", version)
        for name, version in (("one", "1.2.0"), ("two", "3.0.0"))
        for file, text in {**shape, "README.md": EMPTY}.items()
    }
    project = projects.make(tmp_path, {**files, "README.md": EMPTY, "tagship.yaml": "channels: [pypi]\n"}, tag="")
    for tag in ("one-server-v1.2.0", "two-server-v3.0.0"):
        project.git("tag", tag)
    project.commit("feat: go on", {"one/more.txt": "more"})
    bump(project)
    assert "uvx --from one-server==1.3.0 one-server" in readme(project, "one/README.md")
    assert "two-server" not in readme(project, "one/README.md")
    everything = readme(project)
    assert "### one-server\n" in everything
    assert "uvx --from one-server==1.3.0" in everything
    assert "uvx --from two-server==3.0.0" in everything


def test_doctor_tells_a_section_that_drifted_and_mends_it(project: Project) -> None:
    """A warning where it begins to differ; after --fix nothing is left to tell."""
    said = "how to install it is not what a release would offer now"
    ran = doctor(project, OURS)
    assert (ran.code, ran.of("install-section")) == (0, [("warning", said)])
    mended = doctor(project, OURS, fix=True)
    assert (mended.fixed, mended.of("install-section")) == (["README.md"], [])
    assert "uvx --from demo-server==1.2.0 demo-server" in inside(readme(project))
    project.commit("docs: how", {})
    bump(project)
    assert doctor(project, OURS).of("install-section") == []


def test_the_release_pull_request_has_it(tmp_path: Path) -> None:
    """With the version that it proposes."""
    with cloned(tmp_path, FILES) as clone:
        clone.change("feat: more")
        values = clone.outputs("--mode", "pull-request")
        assert json.loads(values["packages"])[0]["version"] == "1.3.0"
        (pull,) = clone.pulls
        assert "uvx --from demo-server==1.3.0 demo-server" in inside(clone.file(pull.head, "README.md") + "\n")


REF: Final = "0123456789abcdef0123456789abcdef01234567"


def init(project: Project, *arguments: str) -> Result:
    return project.tagship("init", "--yes", "--ref", REF, *arguments, **OURS)


def test_init_brings_it_in(project: Project) -> None:
    """Filled as a release would have it, told like the other files; a second run, and doctor, have nothing to change."""
    project.commit("docs: say nothing of it", {"README.md": HEAD + "Soon." + TAIL})
    dry = init(project, "--dry-run")
    assert (dry.code, readme(project)) == (0, HEAD + "Soon." + TAIL)
    assert "would be updated   README.md\n" in dry.err
    assert "+uvx --from demo-server==1.2.0 demo-server" in dry.err
    done = init(project, "--json")
    assert done.code == 0, done.said
    assert json.loads(json.loads(done.out)["files"])["README.md"] == "updated"
    text = readme(project)
    assert text.startswith(f"{HEAD}Soon.\n\n{BEGIN}\n")
    assert text.endswith(END + TAIL)
    assert "**uvx**\n\n```sh\nuvx --from demo-server==1.2.0 demo-server\n```" in text
    project.commit("chore: release with tagship", {})
    assert "README.md" not in init(project).err
    assert readme(project) == text
    assert doctor(project, OURS).of("install-section") == []


def test_init_brings_it_in_once_and_where_it_is_wanted(project: Project) -> None:
    """Taken out again it stays out, unless it is asked for; `false` never writes it."""
    project.commit("docs: say nothing of it", {"README.md": "# Demo\n"})
    assert init(project, "--readme", "false").code == 0
    assert readme(project) == "# Demo\n"
    assert init(project).code == 0
    assert readme(project) == "# Demo\n"
    assert init(project, "--readme", "true").code == 0
    assert readme(project).startswith(f"# Demo\n\n## Install\n\n{BEGIN}\n**")


def test_init_leaves_what_is_said_by_hand(project: Project) -> None:
    """A README with commands of its own keeps its bytes; how to add the markers is told, with the line."""
    text = "# Demo\n\n## Installation\n\n```sh\npip install demo-server\n```\n"
    project.commit("docs: by hand", {"README.md": text})
    done = init(project)
    assert done.code == 0, done.said
    assert (
        f"README.md:3: it says by itself how to install; where version-bump shall write that, put\n  {BEGIN}\n  {END}"
        in done.err
    )
    assert readme(project) == text


def test_a_new_server_has_it_from_the_start(tmp_path: Path) -> None:
    """Of its first release, so that doctor has nothing to tell."""
    (tmp_path / "home").mkdir()
    here = Project(tmp_path, tmp_path / "home")
    done = here.tagship("init", "--yes", "--ref", REF, "--new", "python", "tides", "--owner", "octo")
    assert done.code == 0, done.said
    made = here.at(tmp_path / "tides")
    wheel = "https://github.com/octo/tides/releases/download/v0.1.0/tides-0.1.0-py3-none-any.whl"
    assert f"uvx --from {wheel} tides" in readme(made)
    made.commit("feat: begin", {})
    assert doctor(made, {"GITHUB_REPOSITORY": "octo/tides"}).of("install-section") == []
