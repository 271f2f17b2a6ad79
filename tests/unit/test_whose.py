"""Whose signature counts: who vouches for a job depends on the GitHub that it ran on."""

from pathlib import Path

import pytest

from tagship.adapters.clock import SystemClock
from tagship.adapters.console import Console
from tagship.adapters.git import Git
from tagship.adapters.shell import SystemShell
from tagship.errors import UsageError
from tagship.parts.sign import whose
from tagship.ports import Tools


def tools(server: str) -> Tools:
    """Be on this GitHub, or on none."""
    shell, clock = SystemShell(), SystemClock()
    environment = {"GITHUB_SERVER_URL": server} if server else {}
    reporter = Console({}, clock, None)
    return Tools(
        shell=shell,
        clock=clock,
        reporter=reporter,
        environment=environment,
        open_repository=lambda folder: Git(Path(folder), shell, environment),
    )


@pytest.mark.parametrize(
    ("server", "given", "issuer"),
    [
        ("", "", "https://token.actions.githubusercontent.com"),
        ("https://github.com", "", "https://token.actions.githubusercontent.com"),
        ("https://octo.ghe.com", "https://token.example", "https://token.example"),
        ("https://github.example.com/", "", "https://github.example.com/_services/token"),
        ("https://github.example.com", "https://token.example", "https://token.example"),
    ],
)
def test_the_github_that_it_runs_on_vouches_for_its_jobs(server: str, given: str, issuer: str) -> None:
    """Unless somebody else is named; the repository is one of that GitHub."""
    wanted = whose.of_repository("octo/demo", "release.yml", given, tools(server))
    assert (wanted.issuer, wanted.workflow) == (issuer, ".github/workflows/release.yml")
    assert wanted.repository == f"{server.rstrip('/') or 'https://github.com'}/octo/demo"


def test_a_repository_is_named_in_full() -> None:
    """Anything else would be nobody's."""
    with pytest.raises(UsageError, match="octo"):
        whose.of_repository("octo", "", "", tools(""))
