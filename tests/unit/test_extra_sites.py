"""Places of versions that the configuration adds."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import pytest

from tagship.domain.versions.version import Version
from tagship.domain.versions.version_site import VersionSite, replace
from tagship.errors import UsageError
from tagship.parts.plan.extra_sites import extra_sites, split_path
from tagship.settings import Config

NEW: Final = Version.parse("1.3.0-rc.1")


class Tree:
    """The files of a commit, in memory."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = dict(files)

    @property
    def paths(self) -> tuple[str, ...]:
        """All files."""
        return tuple(sorted(self._files))

    def read(self, paths: Sequence[str]) -> Mapping[str, str]:
        """Those that are there."""
        return {path: self._files[path] for path in paths if path in self._files}


def find(files: Mapping[str, str], *entries: Mapping[str, Any]) -> list[VersionSite]:
    settings = msgspec.convert({"version": {"sites": entries}}, Config)
    return [each.site for each in extra_sites(Tree(files), settings)]


def refused(files: Mapping[str, str], *entries: Mapping[str, Any]) -> list[tuple[str | None, str]]:
    with pytest.raises(UsageError) as caught:
        find(files, *entries)
    assert all(problem.hint for problem in caught.value.problems)
    return [(problem.file, problem.message) for problem in caught.value.problems]


def bumped(text: str, sites: Sequence[VersionSite]) -> str:
    for site in sites:
        text = replace(text, site, NEW)
    return text


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_match_of_a_pattern_is_a_place(end: str, mark: str) -> None:
    """Each is told with its line, and each is written."""
    text = f"{mark}image: x:v@{end}# x:v1\nimage: y:v@{end}other: 1.2.0"
    sites = find(
        {"a.txt": text.replace("@", "1.2.0")}, {"file": "a.txt", "pattern": r"^image: .*:v(?P<version>[^\s]+)"}
    )
    assert [(site.line, site.version, site.path) for site in sites] == [(1, "1.2.0", (0,)), (3, "1.2.0", (1,))]
    assert bumped(text.replace("@", "1.2.0"), sites) == text.replace("@", "1.3.0-rc.1")


def test_a_match_without_a_version_is_no_place() -> None:
    """An optional group that took no part, and an empty one; the places behind them are still found."""
    text = "v= v=1.2.0 w v=1.2.1"
    sites = find({"a": text}, {"file": "a", "pattern": r"v=(?P<version>[^\s]+)?|w"})
    assert [(site.version, site.path) for site in sites] == [("1.2.0", (1,)), ("1.2.1", (3,))]
    assert bumped(text, sites) == "v= v=1.3.0-rc.1 w v=1.3.0-rc.1"


def test_the_spelling_is_as_configured() -> None:
    """PEP 440 where asked for."""
    sites = find({"a": "1.2.0"}, {"file": "a", "pattern": "(?P<version>.+)", "spelling": "pep440"})
    assert bumped("1.2.0", sites) == "1.3.0rc1"


def test_the_package_is_as_configured() -> None:
    """A place says whose version it is."""
    settings = msgspec.convert(
        {"version": {"sites": [{"file": "a", "pattern": "(?P<version>.+)", "package": "core"}]}}, Config
    )
    assert [each.identifier for each in extra_sites(Tree({"a": "1.2.0"}), settings)] == ["core"]


PATHS = [
    ("a.json", '{"image": {"tag": "@"}, "tag": "1.2.0"}', "image.tag"),
    ("a.json", '{"items": [{"v": "1.2.0"}, {"v": "@"}]}', "items.1.v"),
    ("a.json", '{"0": {"a.b": "@"}, "a": {"b": "1.2.0"}}', r"0.a\.b"),
    ("a.json", '{"a\\\\": "@"}', r"a\\"),
    ("a.toml", "[tool.x] # c\nversion = '@' # c\n", "tool.x.version"),
    ("a.toml", '[[p]]\nv = "1.2.0"\n\n[[p]]\nv = "@"\n', "p.1.v"),
    ("a.toml", 'a = ["1.2.0",\n  "@", # c\n]\n', "a.1"),
    ("a.toml", '"x.y" = "@"\n7 = "1.2.0"\n', r"x\.y"),
    ("a.toml", '"x.y" = "1.2.0"\n7 = "@"\n', "7"),
    ("a.yaml", "image:\n  tag: '@' # c\n  other: 1.2.0\n", "image.tag"),
    ("a.yml", "items:\n- v: 1.2.0\n- v: @\n", "items.1.v"),
    ("a.yaml", "a.b: @\na: {b: 1.2.0}\n", r"a\.b"),
    ("a.yaml", "v: &v @\nw: *v\n", "w"),
    ("a.yaml", "01: @\n1: 1.2.0\n", "01"),
    ("a.yaml", "v: @\n---\nv: 1.2.0\n", "v"),
    ("CITATION.cff", "version: @\n", "version"),
]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(("file", "text", "path"), PATHS)
def test_a_path(file: str, text: str, path: str, end: str, mark: str) -> None:
    """Keys, numbers in lists, dots in keys; what is written there changes and nothing else."""
    text = mark + text.replace("\n", end)
    old = text.replace("@", "1.2.0")
    (site,) = find({file: old}, {"file": file, "path": path})
    assert site.version == "1.2.0"
    assert bumped(old, [site]) == text.replace("@", "1.3.0-rc.1")


@pytest.mark.parametrize(
    ("path", "parts"),
    [("a.b", ("a", "b")), (r"a\.b.c", ("a.b", "c")), (r"a\\.b", ("a\\", "b")), ("0", ("0",)), ("a..b", ("a", "b"))],
)
def test_dots_in_keys(path: str, parts: tuple[str, ...]) -> None:
    r"""``\.`` is a dot in a key."""
    assert split_path(path) == parts


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"pattern": "(?P<version>"}, "is broken"),
        ({"pattern": r"\d+"}, "no group named version"),
        ({"pattern": r"(?P<other>\d+)"}, "no group named version"),
        ({"pattern": r"x(?P<version>\d+)"}, "matches nothing"),
        ({"pattern": r"(?P<version>)"}, "matches nothing"),
        ({"pattern": r"(?P<version>(?:\w+)+)!"}, "repeats a group"),
        ({"pattern": r"(?P<version>1\.2\.\d)"}, "would not match another version"),
        ({"pattern": r"(?P<version>\d)(?=\.2)"}, "would not match another version"),
        ({"pattern": "(?P<version>1.2.0)" + " " * 600}, "longer than"),
        ({"path": "a"}, "only .json, .toml, .yaml, .yml and .cff files have paths"),
        ({}, "`pattern` or `path`"),
        ({"pattern": "(?P<version>.+)", "path": "a"}, "`pattern` or `path`"),
    ],
)
def test_an_entry_that_cannot_be_used(entry: dict[str, str], message: str) -> None:
    """It is refused with its key and its file."""
    ((file, said),) = refused({"a.txt": "1.2.0"}, {"file": "a.txt", **entry})
    assert file == "a.txt"
    assert said.startswith("version.sites[0]: ")
    assert message in said


@pytest.mark.parametrize(
    ("file", "text", "path"),
    [
        ("a.json", '{"a": 1}', "a"),
        ("a.json", '{"a": "1.2.0"}', "b"),
        ("a.json", '{"a": ["1.2.0"]}', "a.1"),
        ("a.json", '{"a": ["1.2.0"]}', "a.x"),
        ("a.json", '{"a": "1.2.0"}', "a.0"),
        ("a.json", '{"a": ""}', "a"),
        ("a.json", '"1.2.0"', "a"),
        ("a.json", '{"a": "1.2.0"', "a"),
        ("a.toml", "a = 1.2\n", "a"),
        ("a.toml", "a = [\n", "a"),
        ("a.toml", "a = 2026-01-01\n", "a"),
        ("a.yaml", "a: [1.2.0]\n", "a"),
        ("a.yaml", "a: |\n  1.2.0\n", "a"),
        ("a.yaml", "a:\n", "a"),
        ("a.yaml", "a: 'b\n", "a"),
        ("a.yaml", "- 1.2.0\n", "-1"),
        ("a.yaml", "b: 1\n---\na: 1.2.0\n", "a"),
    ],
)
def test_a_path_to_no_text(file: str, text: str, path: str) -> None:
    """Another kind of value, nothing, or a file that cannot be read."""
    assert refused({file: text}, {"file": file, "path": path}) == [
        (file, f"version.sites[0]: there is no text at {path!r}")
    ]


def test_all_problems_are_told_at_once() -> None:
    """Each with its number; entries that are good do not hide the others."""
    said = refused(
        {"a.txt": "1.2.0", "b.txt": "1\n" * 1001, "c.txt": "1.2.0 " * 200_000},
        {"file": "missing.txt", "pattern": "(?P<version>.+)"},
        {"file": "a.txt", "pattern": "(?P<version>.+)"},
        {"file": "a.txt", "path": "x"},
        {"file": "b.txt", "pattern": r"(?P<version>\d+)"},
        {"file": "c.txt", "pattern": r"(?P<version>\d+)"},
    )
    assert [(file, message.partition(":")[0]) for file, message in said] == [
        ("missing.txt", "version.sites[0]"),
        ("a.txt", "version.sites[2]"),
        ("b.txt", "version.sites[3]"),
        ("c.txt", "version.sites[4]"),
    ]
    assert "not committed" in said[0][1]
    assert "1000 times" in said[2][1]
    assert "1000000 characters" in said[3][1]


def test_without_entries_nothing_is_read() -> None:
    """No file is looked at."""
    assert find({}) == []
