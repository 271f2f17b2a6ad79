"""Which Pythons ``requires-python`` means."""

import pytest

from tagship.domain.manifests.python_metadata import parse_pyproject
from tagship.domain.manifests.python_versions import LINES, lines


@pytest.mark.parametrize(
    ("requires", "wanted"),
    [
        ("", LINES), (">=3.8", LINES), (">=3.12", LINES[1:]), (">=3.11.4,<3.13", ("3.11", "3.12")), ("==3.12.*", ("3.12",)),
        ("<=3.12", ("3.11", "3.12")), ("~=3.13", LINES[2:]), ("!=3.12.*", ("3.11", *LINES[2:])), (">=3.12.3", LINES[1:]),
        ("<3.11", ()), ("nonsense", LINES), ("^3.11", LINES),
    ],
)  # fmt: skip
def test_lines_of_a_requirement(requires: str, wanted: tuple[str, ...]) -> None:
    """A line counts when its first or its last release fits."""
    assert lines(requires) == wanted


@pytest.mark.parametrize(
    ("text", "requires"),
    [
        (
            '[project]\nname = "x"\nversion = "1.0.0"\nrequires-python = ">=3.12"\n[build-system]\nrequires = []\n',
            ">=3.12",
        ),
        ('[project]\nname = "x"\nversion = "1.0.0"\n[build-system]\nrequires = []\n', ""),
        ('[tool.poetry]\nname = "x"\nversion = "1.0.0"\n[tool.poetry.dependencies]\npython = "^3.12"\n', ">=3.12"),
    ],
)
def test_where_a_project_says_it(text: str, requires: str) -> None:
    """In the standard's words; Poetry's caret is an upper bound that no Python 3 reaches."""
    project = parse_pyproject(text, "pyproject.toml")
    assert project
    assert project.requires == requires
