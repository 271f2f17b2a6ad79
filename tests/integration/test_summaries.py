"""Job summaries of real runs: a small server released whole, a build that fails, a broken server, a refused publication.

The golden files in ``tests/golden/summaries`` were read by people. What differs between machines and versions of other people's
tools (times, sizes, digests, addresses) is written as ``…``.
"""

import os
import re
from pathlib import Path

import pytest

from tests.integration import projects, publish_run
from tests.integration.projects import Project
from tests.integration.publish_run import File
from tests.integration.small_server import files, module
from tests.tools.pypi_server import TOKEN, PypiServer

pytestmark = pytest.mark.network
GOLDEN = Path(__file__).parents[1] / "golden" / "summaries"
VARYING = (
    (re.compile(r"[\d.]+ s\b"), "… s"),
    (re.compile(r"[\d.,]+ (?:B|kB|MB)\b"), "… B"),
    (re.compile(r"`[0-9a-f]{12}…`"), "`…`"),
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:PORT"),
    (re.compile(r"python ?3\.\d+", re.IGNORECASE), "python 3.x"),
    (re.compile(r"(?<=linux)[ -](?:x86_64|aarch64)"), "-ARCH"),
)


def compare(name: str, folder: Path, text: str) -> None:
    """Compare with the golden file, or write it when ``TAGSHIP_UPDATE_GOLDEN`` is set."""
    for pattern, instead in VARYING:
        text = pattern.sub(instead, text.replace(str(folder), "FOLDER"))
    path = GOLDEN / f"{name}.md"
    if os.environ.get("TAGSHIP_UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def told(made: Project, folder: Path, *command: str, code: int) -> str:
    """Run a command as a job does, and return its summary."""
    summary = folder / "summary.md"
    summary.unlink(missing_ok=True)
    more = {"GITHUB_STEP_SUMMARY": str(summary), "XDG_DATA_HOME": str(folder / "data"), "TAGSHIP_PROBES": "true"}
    done = made.tagship(*command, **more)
    assert done.code == code, done.said
    if code:
        assert done.out == "", "what programs read is empty where nothing was done"
    return summary.read_text(encoding="utf-8")


def test_a_release_tells_what_each_stage_did(tmp_path: Path) -> None:
    """Outcome and picture first; then what was built, asked, signed and released, how to install and to verify it."""
    made = projects.make(tmp_path, files(module()))
    compare("release", tmp_path, told(made, tmp_path, "release", code=0))


def test_a_job_that_only_releases_draws_the_way_there(tmp_path: Path) -> None:
    """What it was handed, and how the release went; also when it is refused, for other bytes are there under its tag."""
    made = projects.make(tmp_path, files(module()))
    told(made, tmp_path, "release", code=0)
    step = ("release-assets", "--plan", "dist/plan.json", "--forge", "directory")
    text = told(made, tmp_path, *step, code=0)
    assert text.startswith("### Released demo-server 1.2.0 – published, unchanged\n\n```mermaid\n")
    assert '["✓ build<br>2 files<br>' in text
    assert '["✓ probe<br>2 starts"]' in text
    assert '["✓ sign<br>7 signatures<br>key"]' in text
    assert '["✓ release<br>published<br>unchanged<br>16 files"]:::done' in text

    (made.root / "releases" / "v1.2.0" / "demo_server-1.2.0.tar.gz").write_bytes(b"other bytes")
    text = told(made, tmp_path, *step, code=4)
    assert text.startswith("## ❌ release-assets failed")
    assert '["✗ release"]:::failed' in text


def test_a_build_that_fails_says_so_first(tmp_path: Path) -> None:
    """What failed, why, what is next; then how far it came: nothing is left to be scrolled for."""
    hook = "\n[tool.hatch.build]\nhooks.custom.path = 'gone.py'\n"
    made = projects.make(tmp_path, {**files(module()), "pyproject.toml": projects.manifest(projects.HATCH) + hook})
    text = told(made, tmp_path, "release", "--json", code=3)
    assert text.startswith("## ❌ release failed: the project cannot be built\n\n**")
    head, _, chain = text.partition("\n## ❌ v1.2.0 – stopped at build")
    assert "**Next:** " in head
    assert "gone.py" in head
    assert '["✓ plan<br>v1.2.0' in chain
    assert '["✗ build"]:::failed' in chain
    assert '["· release"]:::waiting' in chain


def test_a_broken_server_says_what_it_said(tmp_path: Path) -> None:
    """The verdict and what to do, the picture, then the evidence."""
    made = projects.make(tmp_path, files(module(before="sys.exit('no database')")))
    compare("broken-probe", tmp_path, told(made, tmp_path, "release", "--json", code=1))


def test_a_refused_publication_says_what_is_there(tmp_path: Path) -> None:
    """Other bytes under this version: the channel, that nothing was sent, and what to do."""
    wheel = "dice_mcp-1.2.0-py3-none-any.whl"
    with PypiServer(tmp_path / "index") as index:
        (index.packages / wheel).write_bytes(b"other bytes")
        channel = publish_run.channel("pypi", index.address)
        secrets = {"TAGSHIP_PYPI_TOKEN": TOKEN, "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")}
        ours = publish_run.by_hand(tmp_path, {wheel: File(kind="wheel", data=b"ours")}, [channel], secrets, TOKEN)
        done = ours.run()
    assert done.code == 4, done.said
    compare("refused-publication", tmp_path, (tmp_path / "summary.md").read_text(encoding="utf-8"))
