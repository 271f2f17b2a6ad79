"""An edit by path leaves every other byte: anchors, tags, quotes, comments, line ends, a byte order mark."""

import json
import tomllib
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tagship.domain.text.yaml_text import yaml_node
from tagship.domain.versions.version import Version
from tagship.domain.versions.version_site import SiteFormat, VersionSite, replace
from tagship.errors import ProjectError

OLD, NEW = "1.2.0", Version.parse("10.0.0-rc.1")
Path = tuple[str | int, ...]


def site(kind: SiteFormat, path: Path, template: str = "{version}", pattern: str = "") -> VersionSite:
    return VersionSite(
        file="f", line=1, format=kind, path=path, spelling="semver", version=OLD, template=template, pattern=pattern
    )


EDITS: list[tuple[SiteFormat, Path, str]] = [
    ("toml", ("a", 0), "a = [\n  '@', # c\n  'x',\n]\n"),
    ("toml", ("a", 1), "a = [ 'x', # c\n  \"@\" ]"),
    ("toml", ("p", 1, "v"), "[[p]]\nv='1'\n[[p]] # x\nv = '@' # c\n\n[q]\n"),
    ("toml", ("a", 0, "v"), "a=[{v='@'},{v='1'}]\n"),
    ("toml", ("a.b",), "'a.b' = '@'\na.b = 1\n"),
    ("toml", ("1",), "1 = '@'\n"),
    ("toml", ("a", "b", "c"), "[a.b]\nc='@'\n[a]\nd=1\n"),
    ("yaml", ("v",), "# c\nv: @ # c\nw: 1\n"),
    ("yaml", ("v",), "v: '@'\r\n"),
    ("yaml", ("v",), 'v:   "@"   # x'),
    ("yaml", ("v",), "v: &a @\nw: *a\n"),
    ("yaml", ("w",), "v: &a   '@' # c\nw: *a\n"),
    ("yaml", ("v",), "v: !!str @\n"),
    ("yaml", ("v",), "v: &a !!str '@'\n"),
    ("yaml", (1, "b", "v"), "- a\n-   b: {v: @, w: 1}\n"),
    ("yaml", ("a", 1), "a: [1, @, x]\n"),
    ("yaml", ("a", "1", "v"), "a:\n- v: '1'\n- v: @\n"),
    ("yaml", ("v",), "v: @\n---\nv: 1.2.0\n"),
    ("yaml", ("v",), "%YAML 1.1\n---\nv: @\n...\n"),
    ("yaml", ("1",), "1: @\n"),
    ("yaml", ("v",), "é: 日🎉\nv: @\n"),
    ("yaml", ("v",), "v: 1.2.0\nv: @\n"),
    ("yaml", ("v",), "v:\n  @\n"),
    ("json", ("a.b",), '{"a": {"b": "1.2.0"}, "a.b": "@"}'),
    ("json", ("a", 1), '{"a": ["1.2.0",\t"@" ] }'),
    ("pattern", (), "v @\n"),
    ("ini", ("m", "v"), "[m]\nv = @\n"),
    ("text", (), "@\n"),
]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(("kind", "path", "text"), EDITS)
def test_only_the_version_changes(kind: SiteFormat, path: Path, text: str, end: str, mark: str) -> None:
    """Byte for byte, with either line end, with and without a byte order mark."""
    text = mark + text.replace("\r\n", "\n").replace("\n", end)
    pattern = r"^v (?P<version>\S+)" if kind == "pattern" else ""
    changed = replace(text.replace("@", OLD), site(kind, path, pattern=pattern), NEW)
    assert changed == text.replace("@", str(NEW))


@pytest.mark.parametrize(
    ("text", "template", "expected"),
    [
        ('v: "1.10"\n', "1.10{version}", 'v: "1.102.0.0"\n'),
        ("v: 'it''s'\n", "it's {version}", "v: 'it''s 2.0.0'\n"),
        ('v: "a"\n', 'a"\\{version}', 'v: "a\\"\\\\2.0.0"\n'),
        ("v: a # c\n", "1_0", 'v: "1_0" # c\n'),
        ("v: a\n", "1.10", 'v: "1.10"\n'),
        ("v: a\n", "2026-07-10", 'v: "2026-07-10"\n'),
        ("v: a\n", "yes", 'v: "yes"\n'),
        ("v: a\n", "~", 'v: "~"\n'),
        ("v: a\n", "v{version}", "v: v2.0.0\n"),
    ],
)
def test_yaml_stays_a_text(text: str, template: str, expected: str) -> None:
    """Quotes stay, with what they need escaped; a plain value that would be read as a number or a date gets some."""
    changed = replace(text, site("yaml", ("v",), template), Version.parse("2.0.0"))
    assert changed == expected
    assert isinstance(yaml.safe_load(changed)["v"], str)


@pytest.mark.parametrize(
    ("kind", "path", "text"),
    [
        ("yaml", ("v",), "v: |\n  1.2.0\n"),
        ("yaml", ("v",), "v: >-\n  1.2.0\n"),
        ("yaml", ("v",), "v: [1.2.0]\n"),
        ("yaml", ("v", "w"), "v: 1.2.0\n"),
        ("yaml", ("a", 2), "a: [1, 2]\n"),
        ("yaml", ("a", "-1"), "a: [1, 2]\n"),
        ("yaml", ("v",), "v: *nobody\n"),
        ("yaml", ("v",), "v: 'open\n"),
        ("yaml", ("v",), "\0"),
        ("yaml", ("v",), ""),
        ("yaml", ("v",), "[" * 5000),
        ("toml", ("a", 5), "a = ['1.2.0']\n"),
        ("toml", ("a", "b"), "a = '1.2.0'\n"),
    ],
)
def test_a_place_that_is_none_is_refused(kind: SiteFormat, path: Path, text: str) -> None:
    """Blocks, lists, broken documents: nothing is written at a guess."""
    with pytest.raises(ProjectError, match="any more"):
        replace(text, site(kind, path), NEW)


keys = st.text(st.characters(codec="utf-8", categories=("L", "N")), min_size=1, max_size=4) | st.sampled_from(
    ["a b", "a.b"]
)
values = st.recursive(
    st.sampled_from([OLD, "v1.2.0", "1.10", "x y", "yes", "é"]),
    lambda inner: st.lists(inner, min_size=1, max_size=3) | st.dictionaries(keys, inner, min_size=1, max_size=3),
    max_leaves=8,
)


def _texts(value: Any, path: Path = ()) -> list[Path]:
    if isinstance(value, str):
        return [path]
    items = value.items() if isinstance(value, dict) else enumerate(value)
    return [found for key, inner in items for found in _texts(inner, (*path, key))]


def _set(value: Any, path: Path, new: str) -> Any:
    if not path:
        return new
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _set(value[path[0]], path[1:], new)
    return copy


@given(
    st.dictionaries(keys, values, min_size=1, max_size=3), st.booleans(), st.sampled_from(["'", '"', None]), st.data()
)
def test_any_text_of_any_yaml(document: Any, flow: Any, style: Any, data: st.DataObject) -> None:
    """After an edit the document reads as before, but for the one text."""
    text = yaml.safe_dump(document, default_flow_style=flow, default_style=style, allow_unicode=True)
    path = data.draw(st.sampled_from(_texts(document)))
    assert yaml_node(text, path) is not None
    changed = replace(text, site("yaml", path), NEW)
    assert yaml.safe_load(changed) == _set(document, path, str(NEW))


@given(st.dictionaries(keys, values, min_size=1, max_size=3), st.data())
def test_any_text_of_any_toml(document: Any, data: st.DataObject) -> None:
    """After an edit the document reads as before, but for the one text."""
    text = "".join(f"{_string(key)} = {_inline(value)}\n" for key, value in document.items())
    path = data.draw(st.sampled_from(_texts(document)))
    assert tomllib.loads(replace(text, site("toml", path), NEW)) == _set(document, path, str(NEW))


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_string(key)} = {_inline(inner)}" for key, inner in value.items()) + "}"
    return "[" + ", ".join(map(_inline, value)) + "]" if isinstance(value, list) else _string(value)


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
