"""The stand-ins of actions/upload-artifact, download-artifact and setup-python behave as these do, where it matters."""

import os
import sys
from pathlib import Path

import pytest

from tests.e2e.act import Act, Run
from tests.e2e.test_act_harness import WORKFLOW, commit

pytestmark = pytest.mark.e2e
# Whichever commit a workflow pins, the stand-in takes its place.
UPLOAD = "actions/upload-artifact@1111111111111111111111111111111111111111"
DOWNLOAD = "actions/download-artifact@v99.1"

MAKE = """
on: push
jobs:
  make:
    runs-on: ubuntu-24.04
    steps:
      - run: |
          mkdir -p dist/deep dist/.hidden other
          echo wheel > dist/a.whl; echo sdist > dist/a.tar.gz; echo deep > dist/deep/b.whl; chmod 755 dist/a.whl
          echo secret > dist/.env; echo secret > dist/.hidden/c.whl; echo other > other/d.txt
"""


@pytest.fixture
def act(tmp_path: Path) -> Act:
    """Give a harness for a repository that has no commit yet."""
    return Act(tmp_path / "demo", tmp_path / "act")


def upload(*inputs: str, uses: str = UPLOAD) -> str:
    """Write a step; the inputs are YAML."""
    return f"      - {{uses: {uses}, with: {{{', '.join(inputs)}}}}}\n"


def stored(act: Act, name: str) -> dict[str, str]:
    """Read an artifact."""
    folder = act.artifacts / name
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8").strip() for path in files}


def run(act: Act, workflow: str) -> Run:
    """Run a workflow that has only to be written."""
    commit(act.repository, {WORKFLOW: workflow})
    return act.run("push", WORKFLOW)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("dist", {"a.whl": "wheel", "a.tar.gz": "sdist", "deep/b.whl": "deep"}),
        ("dist/", {"a.whl": "wheel", "a.tar.gz": "sdist", "deep/b.whl": "deep"}),
        ("dist/*.whl", {"a.whl": "wheel"}),
        ("dist/d*", {"deep/b.whl": "deep"}),
        ("dist/**/*.whl", {"a.whl": "wheel", "deep/b.whl": "deep"}),
        ("dist/a.whl", {"a.whl": "wheel"}),
        (r"dist/a.whl\ndist/deep/b.whl", {"a.whl": "wheel", "deep/b.whl": "deep"}),
        (r"dist/*.whl\nother/d.txt", {"dist/a.whl": "wheel", "other/d.txt": "other"}),
        (r"dist\n!dist/deep/**\n!dist/*.gz", {"a.whl": "wheel"}),
    ],
)
def test_the_root_of_an_artifact(act: Act, path: str, expected: dict[str, str]) -> None:
    """One search path is the root, of several the folder they share; hidden files stay behind, and modes are lost."""
    run(act, MAKE + upload("name: files", f'path: "{path}"')).assert_succeeded("make")

    assert stored(act, "files") == expected
    assert not any(os.access(path, os.X_OK) for path in act.artifacts.rglob("*.whl"))


def test_hidden_files_come_along_when_asked_for(act: Act) -> None:
    """All of them."""
    run(act, MAKE + upload("name: files", "path: dist", "include-hidden-files: true")).assert_succeeded("make")

    assert {".env", ".hidden/c.whl"} < set(stored(act, "files"))


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        (upload("name: files", "path: dist") * 2, "already exists|exists already"),
        (upload("name: files", "path: nothing", "if-no-files-found: error"), "no files were found"),
        (upload("name: a/b", "path: dist"), "name is not valid"),
        (upload("name: files", uses=DOWNLOAD), "Artifact not found"),
    ],
    ids=["twice", "nothing", "name", "missing"],
)
def test_what_the_real_ones_refuse_is_refused(act: Act, steps: str, message: str) -> None:
    """The job fails, with an annotation that says why."""
    result = run(act, MAKE + steps)

    assert result.jobs == {"make": "failure"}
    errors = [each.message for each in result.annotations if each.level == "error"]
    assert any(word in error for word in message.split("|") for error in errors), result.log[-3000:]


def test_an_artifact_is_replaced_only_when_asked(act: Act) -> None:
    """The second one stays; no files without an error is a warning."""
    steps = upload("name: files", "path: dist") + upload("name: files", "path: other", "overwrite: true")
    result = run(act, MAKE + steps + upload("name: none", "path: nothing"))

    result.assert_succeeded("make")
    assert stored(act, "files") == {"d.txt": "other"}
    assert [each.level for each in result.annotations] == ["warning"]
    assert not (act.artifacts / "none").exists()


HAND_OVER = MAKE + upload("name: one", "path: dist/*.whl") + upload("name: two", "path: other")
TAKE = """
  take:
    needs: make
    runs-on: ubuntu-24.04
    steps:
      - {id: get, uses: actions/download-artifact@v99.1, with: {INPUTS}}
      - {id: see, run: 'echo "files=$(find . -type f | sort | xargs)" >> "$GITHUB_OUTPUT"'}
"""


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ("name: one, path: in", "./in/a.whl"),
        ("name: two", "./d.txt"),
        ("path: in", "./in/one/a.whl ./in/two/d.txt"),
        ("path: in, merge-multiple: true", "./in/a.whl ./in/d.txt"),
        ("path: in, pattern: t*", "./in/d.txt"),
        ("path: in, pattern: '*'", "./in/one/a.whl ./in/two/d.txt"),
        ("path: in, pattern: none-*", ""),
    ],
)
def test_artifacts_travel_between_jobs(act: Act, inputs: str, expected: str) -> None:
    """A workspace begins empty. A named artifact, the only one or merged ones land in the path, others in folders."""
    result = run(act, HAND_OVER + TAKE.replace("INPUTS", inputs))

    result.assert_succeeded("make", "take")
    assert result.step("take", "see").outputs == {"files": expected}
    assert result.step("take", "get").outputs["download-path"].endswith("/in" if "path: in" in inputs else "")


PYTHON = """
on: push
jobs:
  python:
    runs-on: ubuntu-24.04
    steps:
      - {{id: setup, uses: actions/setup-python@v7, with: {{python-version: "{}"}}}}
      - id: taken
        run: |
          echo "version=$(python -c 'import platform; print(platform.python_version())')" >> "$GITHUB_OUTPUT"
          test "$(command -v python)" = "$pythonLocation/python"
"""


@pytest.mark.parametrize("parts", [0, 1, 2, 3])
def test_a_python_of_this_machine_is_set_up(act: Act, parts: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """As exactly as it is asked for; `python` is that one in the steps that follow."""
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    here = [str(part) for part in sys.version_info[:3]]
    wanted = ".".join(here[:parts]) + (".x" if parts == 1 else "")

    result = run(act, PYTHON.format(wanted))

    result.assert_succeeded("python")
    given, taken = (result.step("python", name).outputs for name in ("setup", "taken"))
    assert taken["version"] == given["python-version"]
    assert given["python-version"].split(".")[:parts] == here[:parts]


def test_a_python_that_is_not_here_is_an_error(act: Act) -> None:
    """Never another one in its place."""
    result = run(act, PYTHON.format("3.99"))

    assert result.jobs == {"python": "failure"}
    assert [each.message for each in result.annotations] == ["there is no Python 3.99 on this machine"]
