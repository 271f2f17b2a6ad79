"""The locked Node packages come from npm's own registry, and their absence is loud."""

import json
from pathlib import Path

import pytest

from tests.tools import node, package_managers

FOLDERS = (node.HERE, package_managers.HERE)

LOCKS = [json.loads((folder / "package-lock.json").read_text(encoding="utf-8")) for folder in FOLDERS]
PACKAGES = {name: each for lock in LOCKS for name, each in lock["packages"].items() if name}


@pytest.mark.parametrize("name", PACKAGES)
def test_every_package_is_locked_by_hash_to_the_public_registry(name: str) -> None:
    """Without an address npm takes it from the registry that is configured, and the hash decides."""
    assert PACKAGES[name].get("resolved", "https://registry.npmjs.org/").startswith("https://registry.npmjs.org/")
    assert PACKAGES[name]["integrity"].startswith("sha512-")


@pytest.mark.parametrize(("ci", "outcome"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_without_npm_a_laptop_skips_and_ci_fails(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ci: str, outcome: type[BaseException]
) -> None:
    monkeypatch.setenv("TAGSHIP_TOOLS", str(tmp_path / "none"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CI", ci)

    with pytest.raises(outcome, match="npm is not installed"):
        node.openapi_description()


def test_a_failed_installation_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "bin" / "npm"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho no network >&2\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    monkeypatch.setenv("TAGSHIP_TOOLS", str(tmp_path / "tools"))

    with pytest.raises(node.ToolMissingError, match="no network"):
        node.installed()

    assert list((tmp_path / "tools").iterdir()) == []
