"""From what was found to the plan."""

import json

import pytest

from tagship.domain.manifests import layout
from tagship.domain.plans import matrix, planning
from tagship.domain.versions.version import Version
from tagship.domain.versions.version_site import VersionSite
from tagship.errors import ProjectError
from tests.unit import samples


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://github.com/octo/demo.git", "octo/demo"),
        ("https://github.com/octo/demo", "octo/demo"),
        ("https://user:token@github.com/octo/demo/", "octo/demo"),
        ("https://ghe.example.org:8443/octo/my.demo.git", "octo/my.demo"),
        ("http://127.0.0.1:8080/octo/demo", "octo/demo"),
        ("git@github.com:octo/demo.git", "octo/demo"),
        ("ssh://git@github.com:22/octo/demo.git", "octo/demo"),
        ("git://host/octo/demo", "octo/demo"),
        ("/srv/octo/demo.git", None),
        ("../octo/demo", None),
        ("file:///srv/octo/demo.git", None),
        ("C:\\octo\\demo", None),
        ("C:/octo/demo", None),
        ("https://github.com/demo", None),
        ("", None),
        (None, None),
    ],
)
def test_repository_names(address: str | None, name: str | None) -> None:
    """Every form of clone address; a folder names no repository, since a plan holds nothing of a machine."""
    assert planning.repository_name(address) == name


@pytest.mark.parametrize(
    ("version", "declared", "spelled"),
    [("1.2.0", "1.2", "1.2"), ("1.2.0", "", "1.2.0"), ("1.2.0", "1.2.0.RC1", "1.2.0"), ("1.2.0-rc.1", "1.2.0.RC1", "1.2.0rc1"),
     ("1.2.0-rc.1", "1.2rc1", "1.2rc1")],
)  # fmt: skip
def test_the_packages_own_spelling_is_kept(version: str, declared: str, spelled: str) -> None:
    """A backend names its files after what the manifest says, normalised: ``1.2`` stays ``1.2``."""
    assert planning.pep440_spelling(Version.parse(version), declared) == spelled


def test_drift_names_each_place_that_says_something_else() -> None:
    """Both spellings count as the same version."""

    def site(line: int, version: str) -> VersionSite:
        return VersionSite(file="f", line=line, format="toml", path=("p",), spelling="pep440", version=version)

    sites = tuple(map(site, range(1, 6), ("1.2.0-rc.1", "1.2.0rc1", "1.2rc1", "1.2.0", "unknown")))
    problems = planning.drift(Version.parse("1.2.0-rc.1"), "demo", sites)
    assert [(problem.line, bool(problem.hint)) for problem in problems] == [(4, True), (5, True)]


def test_one_leg_owes_all_python_files() -> None:
    """Packages are sorted, whatever order they were found in."""
    plan = samples.plan("1.0.0", ("beta", "alpha"))
    (leg,) = plan.legs
    assert leg.artifacts == tuple(sorted(a.name for a in plan.built))
    assert [package.id for package in plan.packages] == ["alpha", "beta"]
    assert plan.prerelease is False


def test_one_name_for_two_files_is_refused() -> None:
    """Also when only case differs: some systems would overwrite one of them."""
    with pytest.raises(ProjectError, match=r"(?i)one name: demo-1"):
        samples.plan(extra=(samples.artifact("DEMO-1.2.0rc1.tar.gz", "sdist"),))


def test_the_matrix() -> None:
    """What GitHub's strategy.matrix reads."""
    plan = samples.plan()
    assert json.loads(matrix.build_matrix(plan)) == {
        "include": [{"leg": "python-any", "runner": "ubuntu-24.04", "slot": 0}]
    }
    assert json.loads(matrix.probe_matrix(plan)) == {"include": []}


@pytest.mark.parametrize(
    ("path", "exclude", "skipped"),
    [
        ("pyproject.toml", (), False),
        ("servers/one/pyproject.toml", (), False),
        ("examples/one/pyproject.toml", (), True),
        ("one/Tests/pyproject.toml", (), True),
        (".venv/x/setup.cfg", (), True),
        ("latest/pyproject.toml", (), False),
        ("tests", (), False),
        ("old/one/pyproject.toml", ("old",), True),
        ("old/one/pyproject.toml", ("old/one/",), True),
        ("older/pyproject.toml", ("old",), False),
        ("a/old/pyproject.toml", ("old",), False),
    ],
)
def test_folders_that_are_not_searched(path: str, exclude: tuple[str, ...], *, skipped: bool) -> None:
    """Examples, tests, hidden folders, and what the configuration leaves out; the reason is said."""
    assert bool(layout.reason_to_skip(path, exclude)) is skipped
