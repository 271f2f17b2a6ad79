"""A site of install pages in a real browser: other versions by keyboard, pointer and links, at two widths, light and dark."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from tagship.adapters import release_page
from tagship.domain.install.package_site import Site as Repositories
from tests.e2e.test_install_page import BROWSER, HERE, serve
from tests.integration.test_install_site import site_in
from tests.tools import needed
from tests.tools.node import installed

VIEWS: Final = ("phone-dark", "phone-light", "desktop-light", "desktop-dark")
VERSIONS: Final = (("1.2.0", 1), ("1.10.0-rc.1", 2), ("1.10.0", 3))
OPTIONS: Final = ("1.10.0", "1.10.0-rc.1 (prerelease)", "1.2.0")
PACKAGES: Final = [{"name": "tides-mcp", "deb": ["apt/pool/tides-mcp_1.2.0_amd64.deb"], "rpm": ["rpm/main/tides.rpm"]}]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Any]]:
    """Publish three releases and go through the site; what the browser tells serves all tests."""
    folder = tmp_path_factory.mktemp("site")
    pictures = Path(os.environ.get("TAGSHIP_SCREENSHOTS") or folder)
    pictures.mkdir(parents=True, exist_ok=True)
    with site_in(folder / "releases") as site:
        for version, day in VERSIONS:
            site.publish(version, day)
        root = site.unpack(folder / "site")
    template = release_page.environment().get_template("packages_page.html.j2")
    repositories = Repositories("https://octo.github.io/demo", "demo")
    page = template.render(site=repositories, packages=PACKAGES, root=False)
    (root / "packages.html").write_text(page, encoding="utf-8")
    script: list[str | Path] = [needed("node"), HERE / "install_site.mjs", installed(BROWSER), needed("chromium")]
    with serve(root) as address:
        done = subprocess.run([*script, address, pictures], capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, done.stderr
        sizes = {str(path.relative_to(root)): path.stat().st_size for path in root.rglob("*.html")}
        yield {**json.loads(done.stdout), "own": address, "sizes": sizes}


@pytest.mark.parametrize("view", VIEWS)
def test_every_version_is_reached_by_keyboard(told: Mapping[str, Any], view: str) -> None:
    """Arrows go through the list and stay; the button goes there. The page of an older version knows of those that came later."""
    seen = told["views"][view]
    assert (seen["first"], seen["label"], seen["stays"]) == ("tides-mcp 1.10.0", "Version", "/")
    assert seen["options"] == [[each, each == "1.10.0"] for each in OPTIONS]
    older = seen["older"]
    assert (older["path"], older["title"]) == ("/releases/v1.2.0/", "tides-mcp 1.2.0")
    assert older["options"] == [[each, each == "1.2.0"] for each in OPTIONS]
    assert older["newer"] == "There is a newer version: 1.10.0"
    assert seen["newest"] == ["tides-mcp 1.10.0", 0]
    assert not seen["wide"]


@pytest.mark.parametrize("view", VIEWS)
def test_nobody_else_is_asked(told: Mapping[str, Any], view: str) -> None:
    """No error, and no request but for pages and the list of releases of the site itself."""
    seen = told["views"][view]
    assert seen["errors"] == []
    assert all(address.startswith(told["own"]) for address in seen["requests"])
    asked = {address.removeprefix(told["own"]).partition("?")[0] for address in seen["requests"]}
    pages = {f"/releases/v{version}/" for version, _ in VERSIONS}
    assert asked == {"/", "/releases.json"} | pages


def test_nothing_bars_anybody(told: Mapping[str, Any]) -> None:
    """axe-core finds nothing in any page, at no width, light or dark; nothing sticks out at the side."""
    assert told["violations"] == []


def test_without_scripts_links_lead_everywhere(told: Mapping[str, Any]) -> None:
    """From the first page to all versions, to an older one, and back to the newest; each way is shown with its line."""
    plain = told["plain"]
    assert plain["unseen"] == 0
    assert [path for path, _ in plain["steps"]] == [
        "/releases/",
        "/releases/v1.2.0/",
        "/releases/",
        "/releases/v1.10.0/",
        "/",
    ]
    assert plain["steps"][1][1] == "tides-mcp 1.2.0"
    assert not [address for address in plain["requests"] if address.endswith(".json")]
    for line in (
        "uvx --from tides-mcp==1.10.0 tides-mcp",
        "docker pull ghcr.io/octo/tides-mcp:1.10.0",
        "/apt/demo.sources",
        "/rpm/demo.repo",
        "tides-mcp-1.10.0.cdx.json: what is inside (SBOM)",
        "tides-mcp-1.10.0.intoto.jsonl: where it comes from (provenance)",
    ):
        assert line in plain["text"]


def test_pages_are_small(told: Mapping[str, Any]) -> None:
    """60 kB at most, with every way to install."""
    assert len(told["sizes"]) == len(VERSIONS) + len(("first", "all", "packages"))
    assert {path: size for path, size in told["sizes"].items() if size > 60_000} == {}
