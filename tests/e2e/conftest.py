"""What end-to-end tests share: a GitHub on loopback, a key, a copy of tagship, a consumer's project."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e import act
from tests.fakes.github import WRITE_TOKEN, GithubServer
from tests.tools.node import openapi_description


@pytest.fixture
def github() -> Iterator[GithubServer]:
    """Run a GitHub that knows tagship itself and octo/demo; every request and answer must fit GitHub's OpenAPI description."""
    known = ["octo/demo", "tagship/tagship"]
    with GithubServer(known, description=openapi_description()) as server:
        yield server
        server.quiesce()
        assert server.violations == []


@pytest.fixture
def secrets(tmp_path: Path) -> dict[str, str]:
    """Give the token and an encrypted signing key, as a repository's secrets."""
    from tagship.signers.key import generate

    private, public = generate("correct horse")
    (tmp_path / "public.pem").write_bytes(public)
    return {"GITHUB_TOKEN": WRITE_TOKEN, "TAGSHIP_KEY": private.decode(), "TAGSHIP_KEY_PASSWORD": "correct horse"}


@pytest.fixture(scope="session")
def tagship_copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the project itself, as another repository would get it."""
    return act.copy_of_tagship(tmp_path_factory.mktemp("tagship") / "repository")


@pytest.fixture
def consumer(tmp_path: Path) -> Path:
    """Copy somebody's server into a repository of its own, without a commit yet."""
    folder = tmp_path / "consumer"
    shutil.copytree(act.ROOT / "examples" / "python-server", folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder
