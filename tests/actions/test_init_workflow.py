"""The workflows that `init` writes: what linters and our own workflow say of them, in every shape they can have."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from tagship.domain.text.own_part import marked
from tagship.errors import UsageError
from tagship.parts.init.own_workflow import CALLED, Order, Pin, pins, text
from tagship.settings import ChannelConfig, Config
from tagship.steps.init import _publish_inputs
from tests.tools import require

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
OWN = Pin(commit="0123456789abcdef0123456789abcdef01234567", version="v1.0.0")
EVERYTHING = Config(
    channels=(
        "pypi",
        "npm",
        ChannelConfig(kind="oci", address="https://ghcr.io/octo"),
        ChannelConfig(kind="pypi", id="inner", address="https://pypi.example.org/"),
        ChannelConfig(kind="artifactory", address="https://store.example.org/servers"),
        ChannelConfig(kind="mcp-registry", options={"login": "dns", "domain": "example.org"}),
    )
)
PLAIN = Order(form="reusable", own=OWN, tags=("v[0-9]*",), signers=("sigstore",), folder=".", draft=False, inputs=())
SHAPES = {
    "plain": (PLAIN, Config()),
    "everything": (
        Order(
            form="reusable", own=OWN, tags=("a-v[0-9]*", "b@[0-9]*"), signers=("key", "gpg", "sigstore"), folder="de ep",
            draft=True, inputs=_publish_inputs(),
        ),
        EVERYTHING,
    ),
    "configured": (msgspec.structs.replace(PLAIN, signers=()), Config()),
}  # fmt: skip


def written(shape: str, form: Any, *, draft: bool | None = None) -> str:
    """Write a shape in a form."""
    order, settings = SHAPES[shape]
    order = msgspec.structs.replace(order, form=form, draft=order.draft if draft is None else draft)
    return marked(text(order, settings))


def test_linters_find_nothing(tmp_path: Path) -> None:
    """actionlint, zizmor as strict as it gets, and the schema of workflows: of both forms in every shape."""
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    for form in ("reusable", "composite"):
        for shape in SHAPES:
            for draft in (False, True):
                (folder / f"{form}-{shape}-{draft}.yml").write_text(written(shape, form, draft=draft), encoding="utf-8")
    files = sorted(map(str, folder.iterdir()))
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    for argv in (
        [str(require("actionlint")), "-no-color", "-shellcheck", str(BIN / "shellcheck")],
        [str(require("zizmor")), "--offline", "--persona", "pedantic", "--no-progress", "."],
        [str(require("check-jsonschema")), "--builtin-schema", "vendor.github-workflows", *files],
    ):
        done = subprocess.run(
            argv, cwd=tmp_path, capture_output=True, text=True, check=False, env={**os.environ, "NO_COLOR": "1"}
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("form", ["reusable", "composite"])
@pytest.mark.parametrize("shape", SHAPES)
def test_what_it_uses_is_pinned_and_takes_what_it_is_given(form: str, shape: str) -> None:
    """Commits with the version behind; inputs and secrets that the action or workflow has; a limit for each job."""
    source = written(shape, form)
    document = yaml.safe_load(source)
    assert document["permissions"] == {}
    assert document["concurrency"]["cancel-in-progress"] is False
    for uses in re.findall(r"uses: (.+)", source):
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v[\w.]+", uses), uses
    for job in document["jobs"].values():
        assert "uses" in job or (job["timeout-minutes"] and job["environment"] == "release")
        for step in [job] if "uses" in job else job["steps"]:
            name = step["uses"].partition("@")[0]
            if not name.startswith("tagship/tagship"):
                continue
            path = ROOT / name.removeprefix("tagship/tagship").strip("/")
            declared = yaml.safe_load((path if path.is_file() else path / "action.yml").read_text(encoding="utf-8"))
            known = declared.get("inputs") or declared[True]["workflow_call"]["inputs"]  # YAML 1.1 reads `on` as true
            assert set(step.get("with", {})) <= set(known)
            if path.is_file():
                assert set(step.get("secrets", {})) <= set(declared[True]["workflow_call"]["secrets"])


def test_every_secret_reaches_its_channel_in_the_composite_form() -> None:
    """By an input where there is one, else by the variable; images on ghcr.io go there with the job's own token."""
    job = yaml.safe_load(written("everything", "composite", draft=False))["jobs"]["publish"]
    step = job["steps"][-1]
    assert (
        step["with"].items()
        >= {
            "pypi-token": "${{ secrets.TAGSHIP_PYPI_TOKEN }}",
            "oci-token": "${{ github.token }}",
            "mcp-registry-key": "${{ secrets.TAGSHIP_MCP_REGISTRY_KEY }}",
            "artifactory-token": "${{ secrets.TAGSHIP_ARTIFACTORY_TOKEN }}",
        }.items()
    )
    assert "TAGSHIP_INNER_TOKEN" in step["env"]
    assert job["permissions"] == {"id-token": "write", "packages": "write"}


def test_the_secrets_it_hands_on_are_those_that_our_workflow_takes() -> None:
    """None is forgotten when the workflow learns a new one, and none is handed to a workflow that would refuse it."""
    ours = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8"))
    assert set(ours[True]["workflow_call"]["secrets"]) == set(CALLED)


def test_pins_are_those_of_our_own_workflows() -> None:
    """One place that Dependabot renews."""
    ours = (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
    for name in ("actions/checkout", "actions/upload-artifact", "actions/download-artifact"):
        assert f"{name}@{pins()[name].commit} # {pins()[name].version}" in ours


def test_an_expression_in_a_name_is_refused() -> None:
    """GitHub would evaluate it, in quotes too."""
    with pytest.raises(UsageError):
        text(msgspec.structs.replace(PLAIN, folder="${{ secrets.KEY }}"), Config())
