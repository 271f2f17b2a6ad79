"""What Python projects say about themselves, in the shapes that are out there."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagship.domain.manifests import python_metadata
from tagship.domain.manifests.python_metadata import PythonProject, lowest_python, parse_pyproject
from tagship.domain.manifests.setup_cfg import parse_setup_cfg
from tagship.errors import ProjectError

BACKEND = '[build-system]\nrequires = ["x"]\nbuild-backend = "%s"\n'
PEP621 = '[project]\nname = "demo"\ndynamic = ["version"]\n'


def pyproject(text: str) -> PythonProject:
    project = parse_pyproject(text, "pyproject.toml")
    assert project is not None
    return project


def source(project: PythonProject) -> tuple[str, str, str, str]:
    return project.source, project.version, project.version_path, project.version_file


SOURCES = {
    "static": (BACKEND % "uv_build" + '[project]\nname = "demo"\nversion = "1.2"\n', ("static", "1.2", "project.version", "")),
    "hatch static": (BACKEND % "hatchling.build" + '[project]\nname="demo"\nversion="1"', ("static", "1", "project.version", "")),
    "hatch path": (
        BACKEND % "hatchling.build" + PEP621 + '[tool.hatch.version]\npath = "src/demo/__about__.py"\n',
        ("attribute", "", "", "src/demo/__about__.py"),
    ),
    "hatch-vcs": (
        '[build-system]\nrequires = ["hatchling", "hatch-vcs>=0.4"]\nbuild-backend = "hatchling.build"\n'
        + PEP621 + '[tool.hatch.version]\nsource = "vcs"\n',
        ("vcs", "", "", ""),
    ),
    "uv-dynamic-versioning": (
        '[build-system]\nrequires = ["hatchling", "uv-dynamic-versioning"]\nbuild-backend = "hatchling.build"\n'
        + PEP621 + '[tool.hatch.version]\nsource = "uv-dynamic-versioning"\n',
        ("vcs", "", "", ""),
    ),
    "setuptools attr": (
        BACKEND % "setuptools.build_meta" + PEP621 + '[tool.setuptools.dynamic]\nversion = {attr = "demo.__version__"}\n',
        ("attribute", "", "", "demo.__version__"),
    ),
    "setuptools file": (
        BACKEND % "setuptools.build_meta" + PEP621 + '[tool.setuptools.dynamic]\nversion = {file = "VERSION"}\n',
        ("file", "", "", "VERSION"),
    ),
    "setuptools files": (
        BACKEND % "setuptools.build_meta" + PEP621 + '[tool.setuptools.dynamic]\nversion = {file = ["VERSION", "x"]}\n',
        ("file", "", "", "VERSION"),
    ),
    "setuptools_scm": (
        '[build-system]\nrequires = ["setuptools>=64", "setuptools_scm[toml]>=8"]\n' + PEP621 + "[tool.setuptools_scm]\n",
        ("vcs", "", "", ""),
    ),
    "setuptools_scm for files only": (
        '[build-system]\nrequires = ["setuptools>=64", "setuptools-scm"]\n'
        + PEP621 + '[tool.setuptools.dynamic]\nversion = {attr = "demo.v"}\n',
        ("attribute", "", "", "demo.v"),
    ),
    "setup.py decides": (BACKEND % "setuptools.build_meta" + PEP621, ("backend", "", "", "")),
    "poetry old": ('[tool.poetry]\nname = "demo"\nversion = "1.2.0"\n', ("static", "1.2.0", "tool.poetry.version", "")),
    "poetry old, dynamic": (
        '[tool.poetry]\nname = "demo"\nversion = "0.0.0"\n[tool.poetry-dynamic-versioning]\nenable = true\n',
        ("vcs", "", "", ""),
    ),
    "poetry 2": (
        BACKEND % "poetry.core.masonry.api" + '[project]\nname = "demo"\nversion = "1"\n[tool.poetry]\npackages = []\n',
        ("static", "1", "project.version", ""),
    ),
    "poetry 2, version in its table": (
        BACKEND % "poetry.core.masonry.api" + PEP621 + '[tool.poetry]\nversion = "1.3"\n',
        ("static", "1.3", "tool.poetry.version", ""),
    ),
    "poetry 2, dynamic": (
        BACKEND % "poetry_dynamic_versioning.backend" + PEP621
        + '[tool.poetry]\nversion = "0.0.0"\n[tool.poetry-dynamic-versioning]\nenable = true\n',
        ("vcs", "", "", ""),
    ),
    "flit": (BACKEND % "flit_core.buildapi" + '[project]\nname="my-demo"\ndynamic=["version"]',
             ("attribute", "", "", "my_demo.__version__")),
    "flit module": (
        BACKEND % "flit_core.buildapi" + PEP621 + '[tool.flit.module]\nname = "other"\n',
        ("attribute", "", "", "other.__version__"),
    ),
    "pdm scm": (BACKEND % "pdm.backend" + PEP621 + '[tool.pdm.version]\nsource = "scm"\n', ("vcs", "", "", "")),
    "pdm file": (
        BACKEND % "pdm.backend" + PEP621 + '[tool.pdm.version]\nsource = "file"\npath = "demo/__init__.py"\n',
        ("attribute", "", "", "demo/__init__.py"),
    ),
    "pdm call": (BACKEND % "pdm.backend" + PEP621 + '[tool.pdm.version]\nsource = "call"\n', ("backend", "", "", "")),
}  # fmt: skip


@pytest.mark.parametrize("name", SOURCES)
def test_where_the_version_comes_from(name: str) -> None:
    """Every backend has its own way to say it."""
    text, expected = SOURCES[name]
    assert source(pyproject(text)) == expected


@pytest.mark.parametrize(
    ("backend", "more", "pure"),
    [
        ("uv_build", "", True), ("hatchling.build", "", True), ("flit_core.buildapi", "", True), ("pdm.backend", "", True),
        ("maturin", "", False), ("scikit_build_core.build", "", False), ("mesonpy", "", False),
        ("setuptools.build_meta", "[[tool.setuptools.ext-modules]]\nname = 'c'\n", False),
    ],
)  # fmt: skip
def test_backends_that_build_for_one_platform(backend: str, more: str, *, pure: bool) -> None:
    """Their wheels cannot be named before they are built."""
    assert pyproject(BACKEND % backend + '[project]\nname = "demo"\nversion = "1"\n' + more).pure is pure


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('[project]\nname = "d"\nversion = "1"\n', "neither a build system nor a command"),
        ('[project]\nname = "d"\nversion = "1"\n[project.scripts]\nd = "d:main"\n', ""),
        (BACKEND % "uv_build" + '[project]\nname = "d"\nclassifiers = ["Private :: Do Not Upload"]\n', "Private"),
        (BACKEND % "uv_build" + '[project]\nname = "d"\n[tool.uv]\npackage = false\n', "package = false"),
        ('[project]\nname = "d"\nversion = "1"\n[tool.uv]\npackage = true\n', ""),
        ('[tool.poetry]\nname = "d"\npackage-mode = false\n', "package-mode"),
    ],
)
def test_what_is_not_published(text: str, reason: str) -> None:
    """Applications and private projects say so in different ways."""
    skip = pyproject(text).skip
    assert (reason in skip) if reason else not skip


NO_PROJECT = ["", "[tool.ruff]\nline-length = 100\n", "[tool.poetry]\npackage-mode = false\n", "project = 1\n"]


@pytest.mark.parametrize("text", NO_PROJECT)
def test_a_file_that_only_configures_tools_is_no_project(text: str) -> None:
    """Most repositories have one at the top."""
    assert parse_pyproject(text, "pyproject.toml") is None


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ('license = "MIT"', "MIT"),
        ('license = "mit OR apache-2.0"', "MIT OR Apache-2.0"),
        ('license = "(MIT OR Apache-2.0) AND BSD-2-Clause"', "(MIT OR Apache-2.0) AND BSD-2-Clause"),
        ('license = "Apache-2.0 WITH LLVM-exception"', "Apache-2.0 WITH LLVM-exception"),
        ('license = "LicenseRef-Proprietary"', "LicenseRef-Proprietary"),
        ('license = {text = "MIT"}', "MIT"),
        ('license = {file = "LICENSE"}', None),
        ('license = {file = "LICENSE"}\nclassifiers = ["License :: OSI Approved :: MIT License"]', "MIT"),
        ('license = {text = "MIT License"}\nclassifiers = ["License :: OSI Approved :: MIT License"]', "MIT"),
        ('license = "Apache"\nclassifiers = ["License :: OSI Approved :: Apache Software License"]', "Apache-2.0"),
        ('license = "Proprietary"', None),
        ('license = "see below"', None),
        ("license = 1", None),
        ("", None),
    ],
)
def test_licences(fields: str, expected: str | None) -> None:
    """Only a valid SPDX expression goes into the SBOM, in its usual spelling; else what a classifier says."""
    assert pyproject(f'[project]\nname = "d"\n{fields}\n').license == expected


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('[project]\nname = "x\n', 2, 10),
        ("[project]\nname = 'a'\nname = 'b'\n", 3, 11),
        ("\ufeff[project]\nname = 'a'\n", 1, 1),
        ("[project]\nversion = 1.2.0\n", 2, 14),
        ("[project]\nversion = '1'\n", 1, None),
        ("[project]\nname = ''\n", 1, None),
        ("[project]\nname = 5\n", 1, None),
        ("[project]\nname = '../evil'\n", None, None),
        ("[project]\nname = '-x'\n", None, None),
        ('[project]\nname = "a\\nb"\n', None, None),
        ("[tool.poetry]\nname = 'a b'\n", None, None),
        ("a = " + "[" * 100_000, None, None),
    ],
)
def test_broken_manifests(text: str, line: int | None, column: int | None) -> None:
    """The error names the file, the place where the parser knows one, and what to do."""
    with pytest.raises(ProjectError) as caught:
        parse_pyproject(text, "sub/pyproject.toml")
    problem = caught.value.problems[0]
    assert (problem.file, problem.line, problem.column) == ("sub/pyproject.toml", line, column)
    assert problem.hint


BUILT = '[build-system]\nrequires = []\nbuild-backend = "hatchling.build"\n'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('\n[project]\nname = "a"\n' + BUILT, [(3, "[project] has no version")]),
        ('[project]\nname = "a"\ndynamic = ["readme"]\n' + BUILT, [(2, "[project] has no version")]),
        ('[project]\nname = "a"\nversion = 1.5\n' + BUILT, [(3, "the version is not a text: 1.5")]),
        (
            '[project]\nname = "a"\n\nrequires-python = ">=3.x"\n' + BUILT,
            [(2, "[project] has no version"), (4, "requires-python cannot be read: '>=3.x'")],
        ),
        (
            '[project]\nname = "a"\nversion = "1.0.0"\nrequires-python = 3.11\n' + BUILT,
            [(4, "requires-python is not a text: 3.11")],
        ),
        ('[tool.poetry]\nname = "a"\n', [(2, "[tool.poetry] has no version")]),
    ],
)
def test_what_no_backend_would_build(text: str, told: list[tuple[int, str]]) -> None:
    """No version and no way to one, Pythons that nothing can read: told at once, each at its line, with what to do."""
    with pytest.raises(ProjectError) as caught:
        parse_pyproject(text, "pyproject.toml")
    assert [(each.line, each.message) for each in caught.value.problems] == told
    assert all(each.file == "pyproject.toml" and each.hint for each in caught.value.problems)


@pytest.mark.parametrize(
    "text",
    [
        BACKEND % "maturin" + '[project]\nname = "a"\n',
        BACKEND % "poetry.core.masonry.api" + '[project]\nname = "a"\n[tool.poetry]\nversion = "1.0.0"\n',
        '[tool.poetry]\nname = "a"\npackage-mode = false\n',
        '[project]\nname = "a"\nrequires-python = "nonsense"\n',
    ],
)
def test_a_version_may_be_elsewhere_and_what_is_not_published_needs_none(text: str) -> None:
    """Both maturin and Poetry have places of their own; a project that is not built is nobody's to judge."""
    assert parse_pyproject(text, "pyproject.toml")


def test_setup_cfg_asks_for_pythons() -> None:
    """Read as in pyproject.toml, and told with its line."""
    with pytest.raises(ProjectError) as caught:
        parse_setup_cfg("[metadata]\nname = a\n[options]\npython_requires = 3.x\n", "setup.cfg")
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.message) == (
        "setup.cfg", 4, "python_requires cannot be read: '3.x'",
    )  # fmt: skip


values: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from(
        ['"x"', "1", "true", "1.5", "2024-01-02", '""', '"a.py"', '"demo"', '"maturin"', '"vcs"', '"file"']
    ),
    lambda inner: (
        st.lists(inner, max_size=2).map(lambda v: "[" + ", ".join(v) + "]")
        | st.dictionaries(
            st.sampled_from(["attr", "file", "path", "name", "text", "source", "version", "a"]), inner, max_size=2
        ).map(lambda v: "{" + ", ".join(f"{key} = {value}" for key, value in v.items()) + "}")
    ),
    max_leaves=5,
)
keys = st.sampled_from(
    ["project.version", "project.license", "project.classifiers", "project.scripts", "project.readme", "tool.uv",
     "tool.hatch", "tool.hatch.version", "tool.setuptools", "tool.setuptools.dynamic", "tool.setuptools.dynamic.version",
     "tool.pdm.version", "tool.flit.module", "tool.poetry", "tool.poetry-dynamic-versioning", "build-system",
     "build-system.requires", "build-system.build-backend", "tool"]
)  # fmt: skip


@given(
    st.dictionaries(keys, values, max_size=5),
    st.sampled_from(["project.name = 'demo'\n", "tool.poetry.name = 'demo'\n", ""]),
)
def test_wrong_types_are_no_crash(fields: dict[str, str], first: str) -> None:
    """Whatever value stands where, the file is read, refused with a message, or no project."""
    text = first + "".join(f"{key} = {value}\n" for key, value in fields.items())
    try:
        project = parse_pyproject(text, "pyproject.toml")
    except ProjectError:
        return
    if project is not None:
        assert all(
            isinstance(getattr(project, f), str) for f in ("name", "version", "version_file", "version_path", "readme")
        )
        assert all(isinstance(script, str) for script in project.scripts)


SETUP = "[metadata]\nname = demo\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SETUP + "version = 1.2.0\n", ("static", "1.2.0", "metadata.version", "")),
        (SETUP + "version: 1.2.0\n", ("static", "1.2.0", "metadata.version", "")),
        (SETUP + "version =\n  1.2.0\n", ("static", "1.2.0", "metadata.version", "")),
        (SETUP + "version = attr: demo.__version__\n", ("attribute", "", "", "demo.__version__")),
        (SETUP + "version = file: VERSION\n", ("file", "", "", "VERSION")),
        (SETUP, ("backend", "", "metadata.version", "")),
        (SETUP.replace("\n", "\r\n") + "version = 1\r\n", ("static", "1", "metadata.version", "")),
        (SETUP + "version = 1\nlong_description = 100%% of %(x)s\n", ("static", "1", "metadata.version", "")),
    ],
)
def test_setup_cfg_versions(text: str, expected: tuple[str, str, str, str]) -> None:
    """Static, from an attribute, from a file, or decided by setup.py."""
    project = parse_setup_cfg(text, "setup.cfg")
    assert project is not None
    assert source(project) == expected


@pytest.mark.parametrize(
    ("word", "universal"), [("1", True), ("true", True), ("0", False), ("maybe", False), ("", False)]
)
def test_setup_cfg_details(word: str, *, universal: bool) -> None:
    """Scripts, licence and the old flag for wheels of both Pythons."""
    text = (
        f"{SETUP}license = MIT\n[bdist_wheel]\nuniversal = {word}\n[options.entry_points]\nconsole_scripts =\n"
        "    demo = demo:main\n    # other = not:me\n    demo-two=demo:two\n"
    )
    project = parse_setup_cfg(text, "setup.cfg")
    assert project is not None
    assert (project.license, project.scripts, project.universal) == ("MIT", ("demo", "demo-two"), universal)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("name = x\n", 1),
        ("[metadata]\nname = x\nname = y\n", 3),
        ("[metadata]\n[metadata]\n", 2),
        ("[metadata]\n]oops\n", 2),
    ],
)
def test_setup_cfg_broken(text: str, line: int) -> None:
    """The error has the line."""
    with pytest.raises(ProjectError, match="not an INI file") as caught:
        parse_setup_cfg(text, "setup.cfg")
    assert (caught.value.problems[0].file, caught.value.problems[0].line) == ("setup.cfg", line)
    assert "\n" not in caught.value.problems[0].message


@pytest.mark.parametrize("text", ["", "[flake8]\nmax-line-length = 100\n", "[metadata]\nversion = 1\n"])
def test_setup_cfg_without_a_name_is_no_project(text: str) -> None:
    """It configures tools, or setup.py says the rest."""
    assert parse_setup_cfg(text, "setup.cfg") is None


@pytest.mark.parametrize(
    ("name", "wheel", "sdist"),
    [
        ("demo", "demo-1.0-py3-none-any.whl", "demo-1.0.tar.gz"),
        ("My.Cool--server", "my_cool_server-1.0-py3-none-any.whl", "my_cool_server-1.0.tar.gz"),
    ],
)
def test_file_names(name: str, wheel: str, sdist: str) -> None:
    """As the specifications of PyPA want them."""
    assert python_metadata.wheel_name(name, "1.0") == wheel
    assert python_metadata.wheel_name(name, "1.0", universal=True) == wheel.replace("py3", "py2.py3")
    assert python_metadata.sdist_name(name, "1.0") == sdist


@pytest.mark.parametrize(
    ("requires", "expected"),
    [
        ("", ""),
        (">=3.10", ""),
        (">=3.11,<4", ""),
        (">=3.13", "3.13"),
        ("<3.11", "3.0"),
        ("~=3.12", "3.12"),
        ("nonsense", ""),
    ],
)
def test_the_python_that_a_package_needs(requires: str, expected: str) -> None:
    """Ours where it will do; else the lowest that is allowed."""
    assert lowest_python(requires, "3.11.9") == expected
