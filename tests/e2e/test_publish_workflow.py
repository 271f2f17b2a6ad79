"""The last job of the workflow: what was released goes on to a package index, from a repository that only calls us."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tagship.adapters.files import sha256_of
from tests.e2e import act
from tests.e2e.act import Act
from tests.e2e.test_workflows import CALLER, CHAIN, RELEASE, environment, make_known, workflow
from tests.fakes.github import GithubServer
from tests.tools.pypi_server import TOKEN, PypiServer

WHEEL = "weather_mcp-0.1.0-py3-none-any.whl"
SDIST = "weather_mcp-0.1.0.tar.gz"
pytestmark = [pytest.mark.e2e, pytest.mark.network]


def test_a_release_is_published_and_the_next_run_publishes_nothing_again(
    github: GithubServer, secrets: Mapping[str, str], tagship_copy: Path, consumer: Path, tmp_path: Path
) -> None:
    """The job `publish` runs because tagship.yaml asks for a channel; its files are the release's; once is enough."""
    with PypiServer(tmp_path / "index") as index:
        config = f"channels: [{{kind: pypi, address: '{index.address}'}}]\n"
        (consumer / "tagship.yaml").write_text(config, encoding="utf-8")
        workflow(consumer, "release.yml", CALLER)
        act.repository(consumer, "https://github.com/octo/demo")
        make_known(github, "octo/demo", consumer, "v0.1.0")
        hidden = {**secrets, "TAGSHIP_PYPI_TOKEN": TOKEN}
        runner = Act(consumer, tmp_path / "act", environment(github), hidden, {f"{act.SELF}@v1": tagship_copy})
        inputs = {"tag": "v0.1.0"}
        payload = {"ref": "refs/heads/main", "inputs": inputs}

        for _ in range(2):
            run = runner.run("workflow_dispatch", RELEASE, payload=payload, inputs=inputs)
            run.assert_succeeded(*CHAIN, "publish")
            assert TOKEN not in run.log
            assert (index.files, index.uploads) == ({WHEEL, SDIST}, 2)
    blobs = {asset.name: asset.blob for asset in github.repository("octo/demo").assets.values()}
    released = {name: blob.sha256 for name, blob in blobs.items() if blob}
    assert {name: sha256_of(index.packages / name) for name in (WHEEL, SDIST)}.items() <= released.items()
