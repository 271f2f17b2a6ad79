"""Changing a version changes nothing else."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagship.domain.text.json_text import json_string_span
from tagship.domain.versions.version import Version
from tagship.domain.versions.version_site import (
    SiteFormat,
    VersionSite,
    find,
    python_pattern,
    replace,
    replace_all,
    toml_line,
)
from tagship.errors import ProjectError

OLD, NEW = "1.2.0", "10.0.0rc1"
RELEASE = Version.parse("10.0.0-rc.1")


def site(kind: SiteFormat, path: str, line: int = 1, version: str = OLD) -> VersionSite:
    if kind == "pattern":
        return VersionSite(file="file", line=line, format=kind, pattern=path, spelling="pep440", version=version)
    keys = tuple(int(key) if key.isdigit() else key for key in path.split(".")) if path else ()
    return VersionSite(file="file", line=line, format=kind, path=keys, spelling="pep440", version=version)


TOML = {
    "comments": ("# a\n[project]  # b\nname = 'x'\nversion = \"@\"  # 1.2.0 here\ndescription = '1.2.0'\n", "project.version"),
    "literal": ("[project]\nversion='@'\n", "project.version"),
    "multi-line": ('[project]\nversion = """@""" # c\n', "project.version"),
    "multi-line literal": ("[project]\nversion = '''@'''\n", "project.version"),
    "quoted key": ('[project]\n"version"   =   "@"\n', "project.version"),
    "dotted key": ('project.name = "x"\nproject.version = "@"\n', "project.version"),
    "inline table": ('project = { name = "x", version = "@" } # c\n', "project.version"),
    "poetry": ('[tool.other]\nversion = "1.2.0"\n\n[tool.poetry]\nversion = "@"\n[tool.last]\nx=1', "tool.poetry.version"),
    "out of order": ('[tool.poetry]\nversion = "@"\n[project]\nname="x"\n[tool.z]\ny = [ 1,2 ,]\n', "tool.poetry.version"),
    "no final line end": ('[project]\nversion = "@"', "project.version"),
    "indented": ('  [project]\n\tversion = "@"\n  [project.urls]\n  version = "1.2.0"\n', "project.version"),
    "unicode": ('[project]\nauthors = [{name = "Zoë \\u00e9 日本"}]\nversion = "@" # ✓\n', "project.version"),
}  # fmt: skip


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("name", TOML)
def test_toml(name: str, end: str) -> None:
    """Comments, order, quotes, spaces and line ends stay."""
    template, path = TOML[name]
    template = template.replace("\n", end)
    assert replace(template.replace("@", OLD), site("toml", path), RELEASE) == template.replace("@", NEW)


@pytest.mark.parametrize(
    ("kind", "path", "text"),
    [
        ("toml", "project.version", "[project]\nname = 'x'\n"),
        ("toml", "project.version", "version = '1.2.0'\n"),
        ("toml", "project.version", "project = 1\n"),
        ("toml", "project.version", "[project]\nversion = 1\n["),
        ("toml", "project.version", "[[project]]\nversion = '1.2.0'\n"),
        ("ini", "metadata.version", "[metadata]\nname = x\n"),
        ("ini", "metadata.version", "[other]\nversion = 1.2.0\n"),
        ("pattern", python_pattern(), "__version__ = get()\n"),
        ("json", "version", "{}"),
        ("json", "version", '{"version": 1}'),
        ("json", "version", '{"version": "1.2.0"'),
        ("json", "packages.0.version", '{"packages": []}'),
        ("json", "version", "[" * 100_000),
        ("json", "version", ""),
    ],
)
def test_a_place_that_is_gone_is_refused(kind: SiteFormat, path: str, text: str) -> None:
    """Nothing is written at a guess: the error names the file and what to do."""
    with pytest.raises(ProjectError, match="any more") as caught:
        replace(text, site(kind, path), RELEASE)
    problem = caught.value.problems[0]
    assert (problem.file, problem.line, bool(problem.hint)) == ("file", 1, True)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "template",
    [
        "[metadata]\nname = x\nversion = @\n[options]\nversion = 1.2.0\n",
        "[metadata]\nversion: @\n",
        "[metadata]\nversion=@",
        "[metadata]\n# version = 1.2.0\ndescription = is 1.2.0\nVersion   =   @  \n",
        "[metadata]\nversion =\n    @\nname = x\n",
        "[options]\nversion = 1.2.0\n\n[metadata]\n\nversion = @\n",
        "[metadata]\ndescription = a\x0cb\nversion = @\n",
    ],
)
def test_ini(template: str, end: str) -> None:
    """Only the key of the section changes, whichever separator it has."""
    template = template.replace("\n", end)
    assert replace(template.replace("@", OLD), site("ini", "metadata.version"), RELEASE) == template.replace("@", NEW)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "template",
    [
        '"""1.2.0"""\n__version__ = "@"  # 1.2.0\n',
        "__version__: str = '@'\n",
        "__version__: Final[str]='@'\n",
        "__version__ = version = '@'\n",
        "VERSION = '@'\n__version__ = VERSION\n",
        "version = '@'",
        "# __version__ = '1.2.0'\nif x:\n    __version__ = '1.2.0'\n__version__ = '@'\n__version__ = '1.2.0'\n",
    ],
)
def test_python(template: str, end: str) -> None:
    """The first assignment at module level, which is also what setuptools and hatch read."""
    template = template.replace("\n", end)
    assert replace(template.replace("@", OLD), site("pattern", python_pattern()), RELEASE) == template.replace("@", NEW)


def test_a_named_attribute_is_the_only_one_that_counts() -> None:
    """``attr: pkg.RELEASE`` is not ``__version__``."""
    text = "__version__ = '1.2.0'\nRELEASE = '1.2.0'\n"
    assert (
        replace(text, site("pattern", python_pattern("RELEASE")), RELEASE)
        == f"__version__ = '1.2.0'\nRELEASE = '{NEW}'\n"
    )
    assert find(python_pattern("a.b"), "axb = '1'") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1.2.0", NEW), ("1.2.0\r\n", f"{NEW}\r\n"), ("\n 1.2.0 \n", f"\n {NEW} \n"), ("", f"{NEW}\n")],
)
def test_a_version_file(text: str, expected: str) -> None:
    """A file that holds nothing but the version keeps its white space."""
    assert replace(text, site("text", ""), RELEASE) == expected


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("template", "path"),
    [
        ('{"version":"@"}', "version"),
        ('{\n   "a": "1.2.0",\n\t"version" : "@" ,\n "packages": [{"version": "1.2.0"}]}\n', "version"),
        ('{"packages": [{"version": "1.2.0"}, {"x": [[], {}, "]}"], "version": "@"}]}', "packages.1.version"),
        ('{"a": {"version": "1.2.0"}, "\\"version": "1.2.0", "version": "@"}', "version"),
        ('{"vers\\u0069on": "@"}', "version"),
        ('{"n": [-1.5e+3, true, null], "version": "@"}', "version"),
    ],
)
def test_json(template: str, path: str, end: str) -> None:
    """Indentation, escapes and equal texts elsewhere stay."""
    template = template.replace("\n", end)
    assert replace(template.replace("@", OLD), site("json", path), RELEASE) == template.replace("@", NEW)


scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
documents = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=20
)
layouts = st.sampled_from([None, 0, 2, "\t", " \r\n "])


def strings_in(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], str]]:
    if isinstance(value, str):
        return [(path, value)]
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, inner in items for found in strings_in(inner, (*path, key))]


@given(documents, layouts, st.sampled_from(["ascii", "utf-8"]), st.sampled_from([(",", ":"), (" , ", " : ")]))
def test_json_strings_are_found_where_json_finds_them(
    document: Any, indent: int | str | None, encoding: str, separators: tuple[str, str]
) -> None:
    """The span of each string of any document decodes to that string, and an edit there changes only that string."""
    text = json.dumps(document, indent=indent, ensure_ascii=encoding == "ascii", separators=separators)
    for path, value in strings_in(document):
        span = json_string_span(text, path)
        assert span is not None
        assert json.loads(text[span[0] - 1 : span[1] + 1]) == value
        changed = json.loads(text[: span[0]] + "NEW" + text[span[1] :])
        before, after = dict(strings_in(document)), dict(strings_in(changed))
        assert after == {**before, path: "NEW"}


@given(documents, st.lists(st.text() | st.integers(0, 5), max_size=3).map(tuple))
def test_json_paths_that_lead_to_no_string(document: Any, path: tuple[str | int, ...]) -> None:
    """A path that leads nowhere, or to something else, is ``None``, never a crash."""
    strings = dict(strings_in(document))
    assert (json_string_span(json.dumps(document), path) is None) == (path not in strings)


def test_of_a_key_that_occurs_twice_the_last_counts() -> None:
    """As in ``json.loads`` and in every registry's parser."""
    text = '{"version": "1.2.0", "version": "@"}'
    assert replace(text.replace("@", OLD), site("json", "version"), RELEASE) == text.replace("@", NEW)


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        ('[project]\nname = "x"\nversion = "1"\n', "project.version", 3),
        ('\n\n[ project ] # c\r\n\r\n  "version"="1"\r\n', "project.version", 5),
        ('[a]\nversion = "1"\n[project]\nname = "x"\n[b]\nversion = "2"\n', "project.version", 1),
        ('project.version = "1"\n', "project.version", 1),
        ("[metadata]\nversion: 1\n", "metadata.version", 2),
        ('[tool.poetry]\n\nversion = "1"', "tool.poetry.version", 3),
        ('# c\nname = "x"\nversion = "1"\n[a]\nversion = "2"\n', "version", 3),
        ('name = "x"\n[a]\nversion = "2"\n', "version", 1),
    ],
)
def test_lines_for_messages(text: str, path: str, line: int) -> None:
    """The line of the key in its own table; 1 where the form is unusual."""
    assert toml_line(text, tuple(path.split("."))) == line


def test_several_sites_of_one_text_are_written_at_once() -> None:
    """As if each had been written alone, in any order, each with its own version; one that is gone is named."""
    other = Version.parse("3.0.0")
    json_text = '{"b": "1.2.0", "a": ["1.2.0", "é 1.2.0"], "c": {"b": "1.2.0"}}'
    toml_text = "# 1.2.0\n[a]\nb = '1.2.0' # c\nc = { d = \"1.2.0\" }\n"
    changes = [(site("json", "c.b"), RELEASE), (site("json", "a.0"), other), (site("json", "b"), RELEASE)]
    assert replace_all(json_text, changes) == f'{{"b": "{NEW}", "a": ["3.0.0", "é 1.2.0"], "c": {{"b": "{NEW}"}}}}'
    wanted = f"# 1.2.0\n[a]\nb = '3.0.0' # c\nc = {{ d = \"{NEW}\" }}\n"
    assert replace_all(toml_text, [(site("toml", "a.c.d"), RELEASE), (site("toml", "a.b"), other)]) == wanted
    text = "version = '1.2.0'\n# 1.2.0\n"
    mixed = [(site("toml", "version"), other), (site("pattern", "# (?P<version>.*)"), RELEASE)]
    assert replace_all("\ufeff" + text, mixed) == f"\ufeffversion = '3.0.0'\n# {NEW}\n"
    assert replace_all(text, []) == text
    with pytest.raises(ProjectError, match="no version at z any more"):
        replace_all(json_text, [*changes, (site("json", "z"), RELEASE)])
