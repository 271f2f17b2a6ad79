"""Files that repeat a version: bundles, extensions, charts, Dockerfiles, pages, citations."""

import json
from typing import Any

import pytest

from tagship import plugins
from tagship.domain.versions.version import Version
from tagship.domain.versions.version_site import replace
from tagship.ports import Mention, Mentioned

NEW = Version.parse("1.3.0-rc.1")


def find(name: str, file: str, text: str) -> list[Mentioned]:
    mention: Mention = plugins.load("mentions", name)
    return list(mention.find(file, text))


def bumped(name: str, file: str, text: str, version: Version = NEW) -> str:
    for each in find(name, file, text):
        text = replace(text, each.site, version)
    return text


def chosen(name: str, *paths: str) -> list[str]:
    mention: Mention = plugins.load("mentions", name)
    return list(mention.files(paths))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_bundles_manifest(end: str) -> None:
    """Its version follows, the manifest's own does not; DXT is its old name."""
    text = '{\n\t"dxt_version": "0.1",\n\t"name": "x", "version" : "@",\n "server": {"version": "1.2.0"}\n}\n'
    text = text.replace("\n", end)
    assert bumped("mcpb-manifest", "manifest.json", text.replace("@", "1.2.0")) == text.replace("@", "1.3.0-rc.1")


@pytest.mark.parametrize(
    "manifest",
    [
        {"manifest_version": 3, "name": "x", "version": "1.2.0"},
        {"manifest_version": 2, "name": "x", "version": "1.2.0", "background": {}},
        {"name": "x", "short_name": "x", "start_url": "/", "version": "1.2.0"},
        {"manifest_version": "0.3", "name": "x", "version": 1},
        {"manifest_version": "0.3", "name": "x"},
        [{"manifest_version": "0.3", "version": "1.2.0"}],
    ],
)
def test_other_manifests_are_none(manifest: Any) -> None:
    """A browser extension counts its manifest's version, a web app has none."""
    assert find("mcpb-manifest", "manifest.json", json.dumps(manifest)) == []


PLUGINS = [
    "gemini-extension.json",
    "qwen-extension.json",
    "gemini/gemini-extension.json",
    ".claude-plugin/plugin.json",
    ".cursor-plugin/plugin.json",
    ".codex-plugin/plugin.json",
    ".kimi-plugin/plugin.json",
    "plugins/x/.claude-plugin/plugin.json",
    ".github/plugin/plugin.json",
]
MARKETPLACES = [
    ".claude-plugin/marketplace.json",
    ".cursor-plugin/marketplace.json",
    ".agents/plugins/marketplace.json",
    ".github/plugin/marketplace.json",
]
NEITHER = [
    "plugin.json",
    "marketplace.json",
    ".claude/plugin.json",
    ".claude-plugin/settings.json",
    ".claude-plugin/x/plugin.json",
    "tests/.claude-plugin/plugin.json",
    "node_modules/x/gemini-extension.json",
    ".venv/x/.claude-plugin/plugin.json",
    "claude-plugin/plugin.json",
]


def test_extensions_are_found_in_hidden_folders() -> None:
    """The folders of agents are exceptions; what is in a hidden or a test folder above them is not."""
    assert chosen("extensions", *PLUGINS, *NEITHER, *MARKETPLACES) == [*PLUGINS, *MARKETPLACES]


@pytest.mark.parametrize("file", PLUGINS)
def test_an_extension(file: str) -> None:
    """Its version follows; those of what it needs do not."""
    text = '{"name": "x", "version": "@", "mcpServers": {"x": {"version": "1.2.0"}}}'
    assert bumped("extensions", file, text.replace("@", "1.2.0")) == text.replace("@", "1.3.0-rc.1")


@pytest.mark.parametrize(
    ("source", "folder"),
    [
        ("./", ""),
        (".", ""),
        ("./plugins/x", "plugins/x"),
        ("plugins/x/", "plugins/x"),
        ({"source": "local", "path": "./plugins/x"}, "plugins/x"),
    ],
)
def test_a_plugin_that_a_marketplace_lists_from_here(source: object, folder: str) -> None:
    """Its version is that of the package in its folder; the marketplace's is that of its own folder."""
    plugin = {"name": "x", "source": source, "version": "1.2.0"}
    text = json.dumps({"name": "m", "metadata": {"version": "1.2.0"}, "version": "1.2.0", "plugins": [plugin]})
    found = {(each.site.path, each.folder) for each in find("extensions", MARKETPLACES[0], text)}
    assert found == {(("plugins", 0, "version"), folder), (("version",), ""), (("metadata", "version"), "")}
    assert "1.2.0" not in bumped("extensions", MARKETPLACES[0], text)


@pytest.mark.parametrize(
    "source",
    [
        {"source": "github", "repo": "o/x"},
        {"source": "npm", "package": "x"},
        {"source": "url", "url": "https://example.org/x.git"},
        {"source": "local"},
        "https://example.org/x.git",
        "git@example.org:o/x.git",
        "../x",
        "./a/../../x",
        "/x",
        None,
        5,
    ],
)
def test_a_plugin_from_elsewhere_keeps_its_version(source: object) -> None:
    """What another repository releases is not ours to write."""
    plugins_ = [{"name": "x", "source": source, "version": "1.2.0"}]
    text = json.dumps({"name": "m", "owner": {"name": "o"}, "plugins": plugins_})
    assert find("extensions", MARKETPLACES[0], text) == []


def test_a_marketplace_with_a_version_of_its_own() -> None:
    """Where the plug-ins have other versions, the marketplace is counted by itself."""
    plugin = {"name": "x", "source": "./", "version": "1.2.0"}
    text = json.dumps({"name": "m", "metadata": {"version": "4.0.0"}, "plugins": [plugin]})
    assert [each.site.path for each in find("extensions", MARKETPLACES[0], text)] == [("plugins", 0, "version")]
    text = json.dumps({"name": "m", "metadata": {"version": "4.0.0"}, "plugins": [{"name": "x", "source": "./"}]})
    assert [each.site.path for each in find("extensions", MARKETPLACES[0], text)] == [("metadata", "version")]


CHART = (
    "apiVersion: v2 # 1.2.0\nname: x\n# the chart\nversion: {0}\ntype: application\n\nappVersion: {1}  # the server\n"
)


@pytest.mark.parametrize(
    ("chart", "application"),
    [
        ("@", "@"),
        ("@", '"@"'),
        ("'@'", "'v@'"),
        ("@", "v@"),
        ("1.1.9", '"@"'),
        ("0.4.2", "v@"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_chart(chart: str, application: str, end: str) -> None:
    """Quotes, a v and comments stay; a chart that is counted by itself keeps its version."""
    text = CHART.format(chart, application).replace("\n", end)
    made = bumped("helm-chart", "Chart.yaml", text.replace("@", "1.2.0"))
    assert made == text.replace("@", "1.3.0-rc.1")


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: v2\nversion: 1.2.0\n",
        "version: 1.2.0\nappVersion: 1.2.0\n",
        "apiVersion: v2\nappVersion: 1.10\n",
        "apiVersion: v2\nappVersion: latest\n",
        "apiVersion: v2\nappVersion: [1.2.0]\n",
        "apiVersion: v2\nversion: {{ x }}\nappVersion: 1.2.0: 3\n",
    ],
)
def test_no_chart_of_ours(text: str) -> None:
    """A library chart, another file, and versions that are none of ours."""
    assert find("helm-chart", "Chart.yaml", text) == []


def test_a_charts_placeholders() -> None:
    """Both are stamped when the chart is built."""
    found = find("helm-chart", "Chart.yaml", CHART.format("0.0.0", '"0.0.0"'))
    assert [each.site.placeholder for each in found] == [True, True]


def test_charts_in_a_chart_are_not_ours() -> None:
    """What a chart depends on lies in its folder ``charts``."""
    ours = ["Chart.yaml", "a/Chart.yaml"]
    assert chosen("helm-chart", "charts/a/Chart.yaml", "charts/b/Chart.yaml") == [
        "charts/a/Chart.yaml",
        "charts/b/Chart.yaml",
    ]
    assert chosen("helm-chart", *ours) == ["Chart.yaml"]
    assert chosen("helm-chart", "deploy/x/Chart.yaml", "deploy/x/charts/redis/Chart.yaml") == ["deploy/x/Chart.yaml"]


LABEL = "org.opencontainers.image.version"
DOCKERFILES = {
    "quoted": f'LABEL {LABEL}="@"\n',
    "single quotes": f"LABEL {LABEL}='v@'\n",
    "bare": f"LABEL {LABEL}=@\n",
    "old form": f"LABEL {LABEL} @\n",
    "quoted key": f'LABEL "{LABEL}"="@"\n',
    "lower case": f'  label {LABEL}="@"',
    "several": f'LABEL a="1.2.0" {LABEL}="@" b=1.2.0\n',
    "continued": f'LABEL a="1.2.0" \\\n    # {LABEL}="1.2.0"\n\n    {LABEL}="@" \\\n    b="1.2.0"\n',
    "argument": f"ARG VERSION=@\nARG NODE=1.2.0\nENV VERSION=1.2.0\nLABEL {LABEL}=$VERSION\n",
    "argument in braces": f'ARG APP_VERSION="@"\nARG VERSION=1.2.0\nLABEL {LABEL}="v${{APP_VERSION}}"\n',
    "several arguments": f"ARG A=1.2.0 B=@ AB=1.2.0\nLABEL a=$A {LABEL}=$B\n",
    "two stages": f'FROM a AS b\nLABEL {LABEL}="@"\nFROM b:1.2.0\nLABEL {LABEL}="@"\n',
    "comment": f"# LABEL {LABEL}=1.2.0\nRUN echo {LABEL}=1.2.0\nLABEL {LABEL}=@\n",
}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("name", DOCKERFILES)
def test_a_dockerfile(name: str, end: str) -> None:
    """The label and the argument it shows, and nothing else that has the same number."""
    text = DOCKERFILES[name].replace("\n", end)
    old = text.replace("@", "1.2.0")
    assert bumped("dockerfile", "Dockerfile", old) == text.replace("@", "1.3.0-rc.1")


@pytest.mark.parametrize(
    "text",
    [
        "FROM python:3.12.1\n",
        "ARG VERSION=1.2.0\nENV APP_VERSION=1.2.0\n",
        f"ARG VERSION\nLABEL {LABEL}=$VERSION\n",
        f"LABEL {LABEL}=latest\n",
        f"LABEL {LABEL}=24.04\n",
        f"LABEL x.{LABEL}.y=1.2.0\n",
    ],
)
def test_no_version_of_ours_in_a_dockerfile(text: str) -> None:
    """Base images, arguments that no label shows, and labels without a version of three numbers."""
    assert find("dockerfile", "Dockerfile", text) == []


def test_names_of_dockerfiles() -> None:
    """All the usual ones."""
    names = ["Dockerfile", "Dockerfile.alpine", "docker/Containerfile", "server.Dockerfile", "a/Dockerfile"]
    assert chosen("dockerfile", *names, "tests/Dockerfile", "Dockerfiles", "MyDockerfile", "dockerfile.d/x") == names


PAGE = """# Demo 1.2.0

pip install demo==1.2.0

<!-- tagship-version: begin -->
```sh
uvx demo@@S
docker run ghcr.io/o/demo:v@S 127.0.0.1:80 demo-@S-linux.tar.gz demo_@S_amd64.deb x1.2.0y 1.2.0.4
pip install "demo==@P" demo~=@P https://example.org/demo-@P-py3-none-any.whl
```
<!-- tagship-version: end --> 1.2.0

<!-- x-release-please-start-version -->v@S<!-- x-release-please-end --> 1.2.0
npx demo@@S  <!-- x-release-please-version -->
<!-- {x-release-please-start-version} -->
@S and @S.
<!-- {x-release-please-end} -->
1.2.0
"""


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("version", ["1.3.0", "1.3.0-rc.1"])
def test_a_page(version: str, end: str) -> None:
    """Every version between markers, spelled as it is installed; and nothing anywhere else."""
    page, new = PAGE.replace("\n", end), Version.parse(version)
    old = page.replace("@S", "1.2.0").replace("@P", "1.2.0")
    assert bumped("readme", "README.md", old, new) == page.replace("@S", version).replace("@P", new.spellings.pep440)


@pytest.mark.parametrize(
    "text",
    [
        "1.2.0\n",
        "<!-- tagship-version: begin -->\n1.2.0\n",
        "1.2.0\n<!-- tagship-version: end -->\n",
        "```html\n<!-- tagship-version: begin -->\n1.2.0\n<!-- tagship-version: end -->\n```\n",
        "write `<!-- tagship-version: begin -->` 1.2.0 `<!-- tagship-version: end -->`\n",
        "<!-- tagship-version: begin -->\nno version, 1.2, 1.2.0-beta, 1.2.0.dev1\n<!-- tagship-version: end -->\n",
        "x-release-please-versions 1.2.0\n",
    ],
)
def test_a_page_without_a_marked_version(text: str) -> None:
    """Open pairs and markers that are only shown mark nothing."""
    assert find("readme", "README.md", text) == []


def test_which_pages() -> None:
    """READMEs everywhere, and what is below ``docs``; no examples, no change log."""
    pages = ["README.md", "readme.zh-CN.md", "INSTALL.md", "packages/a/README.md", "docs/install.md", "docs/a/b.mdx"]
    others = [
        "CHANGELOG.md",
        "examples/README.md",
        "docs/examples/a.md",
        "node_modules/x/README.md",
        "docs/a.png",
        "a/b.md",
    ]
    assert chosen("readme", *pages, *others) == pages


def test_a_citation() -> None:
    """The software's version, not the format's, nor that of what is cited."""
    text = 'cff-version: 1.2.0\nmessage: "cite 1.2.0"\nversion: @ # v\npreferred-citation:\n  version: 1.2.0\n'
    assert bumped("citation", "CITATION.cff", text.replace("@", "1.2.0")) == text.replace("@", "1.3.0-rc.1")
    assert find("citation", "CITATION.cff", "version: 1.2.0\n") == []
