"""Every mention: what it finds can be changed and is found again, and no file breaks it."""

import json
from collections.abc import Mapping, Sequence
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagship import plugins
from tagship.domain.versions.version import Version
from tagship.domain.versions.version_site import replace
from tagship.ports import Mention, Mentioned

NAMES: Final = plugins.names("mentions")
RELEASES: Final = (Version.parse("10.0.0"), Version.parse("2.0.1-rc.11"))
SAMPLES: Final[Mapping[str, tuple[str, str]]] = {
    "citation": ("CITATION.cff", "cff-version: 1.2.0\n# about\nversion: 1.1.0 # ours\ndate-released: 2026-01-01\n"),
    "dockerfile": (
        "Dockerfile",
        (
            "FROM python:3.12.1\nARG VERSION=1.1.0\nARG OTHER=1.1.0\n# LABEL org.opencontainers.image.version=1.1.0\n"
            'LABEL a="b" \\\n  # more\n  org.opencontainers.image.version="1.1.0" \\\n  c="d"\n'
            'LABEL org.opencontainers.image.version="v${VERSION}"\n'
        ),
    ),
    "extensions": (
        ".claude-plugin/marketplace.json",
        (
            '{"name": "m", "metadata": {"version": "1.1.0"}, "plugins": [{"name": "x", "source": "./", "version": "1.1.0"},'
            ' {"name": "y", "source": {"source": "github", "repo": "o/y"}, "version": "3.0.0"}]}'
        ),
    ),
    "helm-chart": (
        "chart/Chart.yaml",
        'apiVersion: v2\nname: x  # 1.1.0\nversion: 1.1.0\nappVersion: "v1.1.0"\ndependencies:\n- {version: 1.1.0}\n',
    ),
    "mcpb-manifest": ("manifest.json", '{"manifest_version": "0.3", "name": "x", "version": "1.1.0", "server": {}}'),
    "readme": (
        "README.md",
        (
            "# 1.1.0\n<!-- tagship-version: begin -->\nuvx x@1.1.0, x==1.1.0 and\nx-1.1.0-py3-none-any.whl\n"
            "<!-- tagship-version: end -->\nnpx x@1.1.0 <!-- x-release-please-version -->\n"
        ),
    ),
    "server-json": (
        "server.json",
        (
            '{"name": "io.github.o/x", "version": "1.1.0", "packages": ['
            '{"registryType": "pypi", "identifier": "x", "version": "1.1.0"},'
            '{"registryType": "oci", "identifier": "ghcr.io/o/x:v1.1.0"},'
            '{"registryType": "mcpb", "identifier": "https://example.org/v1.1.0/x_1.1.0.mcpb"}]}'
        ),
    ),
}
FOREIGN: Final = (
    "",
    " \n",
    "null",
    "{}",
    "[]",
    "a: b\n",
    "<html>1.2.0</html>",
    "FROM scratch\n",
    '{"version": "1.2.0"}',
    "\0",
    "{",
)


@pytest.fixture(params=NAMES)
def mention(request: pytest.FixtureRequest) -> Mention:
    """Each mention there is."""
    found: Mention = plugins.load("mentions", request.param)
    return found


def _sample(mention: Mention) -> tuple[str, str]:
    assert mention.name in SAMPLES, f"give {mention.name} a file in SAMPLES"
    return SAMPLES[mention.name]


def _places(found: Sequence[Mentioned]) -> list[tuple[object, ...]]:
    return [(each.site.file, each.site.format, each.site.path, each.site.pattern, each.site.template) for each in found]


def test_it_chooses_its_file_among_others(mention: Mention) -> None:
    """A file that it knows is chosen in the project, not among examples and tests, and no other file is."""
    file, _ = _sample(mention)
    others = [f"tests/{file}", f"node_modules/{file}", "src/x.py", "package.json", "LICENSE", "a/version.json"]
    assert list(mention.files([*others, file])) == [file]
    assert list(mention.files([f"packages/a/{file}"])) == [f"packages/a/{file}"]
    assert list(mention.files([])) == []


@pytest.mark.parametrize("text", FOREIGN)
def test_it_finds_nothing_in_a_file_that_is_none_of_its_kind(mention: Mention, text: str) -> None:
    """Empty, foreign and broken files are for others to tell of."""
    assert list(mention.find(_sample(mention)[0], text)) == []


def test_it_finds_its_places_again_after_each_change(mention: Mention) -> None:
    """Each place takes a new version, nothing else changes, and the next look finds the same places with that version."""
    file, text = _sample(mention)
    before = mention.find(file, text)
    assert before
    assert mention.find(file, text) == before
    assert {each.site.version for each in before} == {"1.1.0"}
    assert all(each.site.file == file and "1.1.0" in text.splitlines()[each.site.line - 1] for each in before)
    for version in RELEASES:
        changed = text
        for each in before:
            changed = replace(changed, each.site, version)
        after = mention.find(file, changed)
        assert _places(after) == _places(before)
        assert all(each.site.says(version) for each in after)
        back = changed
        for each in after:
            back = replace(back, each.site, Version.parse("1.1.0"))
        assert back == text


def test_one_place_changes_alone(mention: Mention) -> None:
    """A change of one place leaves every other line, and every other place, as it was."""
    file, text = _sample(mention)
    for each in {str(found.site): found for found in mention.find(file, text)}.values():
        changed = replace(text, each.site, RELEASES[0])
        assert changed != text
        assert changed.replace("10.0.0", "1.1.0") == text


@pytest.mark.parametrize("name", NAMES)
@given(text=st.text())
def test_it_never_raises_on_any_text(name: str, text: str) -> None:
    """Whatever somebody commits under the name, looking at it says nothing worse than nothing."""
    mention: Mention = plugins.load("mentions", name)
    file, _ = _sample(mention)
    assert mention.find(file, text) == mention.find(file, text)


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_a_damaged_file_yields_only_places_that_can_be_changed(name: str, data: st.DataObject) -> None:
    """Of its own kind of file with a piece cut out or put in, what is found can be written and is found again."""
    mention: Mention = plugins.load("mentions", name)
    file, text = _sample(mention)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 20)))
    put_in = data.draw(
        st.text(max_size=5) | st.sampled_from(['"', "{", "[", "1.2.0", ":", "\\", "\r\n", "&a ", "0.0.0"])
    )
    damaged = text[:start] + put_in + text[end:]
    for each in mention.find(file, damaged):
        changed = replace(damaged, each.site, RELEASES[0])
        spelled = each.site.spell(RELEASES[0])
        assert spelled in changed or json.dumps(spelled, ensure_ascii=False)[1:-1] in changed
