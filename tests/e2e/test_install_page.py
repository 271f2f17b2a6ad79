"""The page of a release in a real browser: every way by keyboard, at two widths, for everybody, without a network."""

import base64
import json
import os
import shlex
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from tagship.adapters.files import sha256_of
from tagship.domain.releases.release import LocalAsset, ReleaseDraft
from tagship.forges.directory import DirectoryForge
from tests.tools import needed
from tests.tools.node import installed

HERE: Final = Path(__file__).parent
BROWSER: Final = HERE.parent / "tools" / "browser"
WANTED: Final = [
    {"name": "TIDES_KEY", "description": "key of the tide tables", "required": True, "secret": True},
    {"name": "TIDES_UNIT", "default": "m"},
]
PACKAGE: Final = {
    "id": "tides-mcp",
    "name": "tides-mcp",
    "version": "1.2.0",
    "entry": "tides-mcp",
    "license": "MIT",
    "mcp_name": "io.github.octo/tides-mcp",
    "spellings": {"pep440": "1.2.0", "npm": "1.2.0", "oci": "1.2.0"},
    "server": {"transport": "stdio", "arguments": ["--quiet"], "environment": WANTED},
}
FILES: Final = {
    "tides_mcp-1.2.0-py3-none-any.whl": "wheel",
    "tides-mcp-1.2.0.tgz": "npm",
    "tides-mcp-1.2.0.oci.tar": "image",
    "tides-mcp-1.2.0.mcpb": "mcpb",
    "tides-mcp_1.2.0_amd64.deb": "deb",
    "tides-mcp-1.2.0-1.x86_64.rpm": "rpm",
    "install.sh": "installer",
    "install.ps1": "installer",
    "tides-mcp.rb": "installer",
    "tides-mcp-1.2.0.cdx.json": "sbom",
    "tides-mcp-1.2.0.intoto.jsonl": "attestation",
    "checksums.txt": "checksums",
    "checksums.txt.sigstore.json": "bundle",
}
ADDRESSES: Final = {
    "pypi": "https://upload.pypi.org/legacy/",
    "npm": "https://registry.npmjs.org",
    "oci": "https://ghcr.io/Octo",
    "homebrew": "https://github.com/octo/homebrew-tap",
}
BASE: Final = "https://github.com/octo/tides-mcp/releases/download/v1.2.0"
LINES: Final = {
    "uvx": "uvx --from tides-mcp==1.2.0 tides-mcp",
    "npx": "npx -y tides-mcp@1.2.0",
    "Linux, macOS": f"curl -fsSL {BASE}/install.sh | sh",
    "Windows": f"irm {BASE}/install.ps1 | iex",
    "brew": "brew install octo/tap/tides-mcp",
    "Docker": "docker pull ghcr.io/octo/tides-mcp:1.2.0",
    "apt": "sudo apt install ./tides-mcp_1.2.0_amd64.deb",
    "dnf": "sudo dnf install ./tides-mcp-1.2.0-1.x86_64.rpm",
    "MCPB": "",
}


def release(folder: Path, tag: str) -> Path:
    """Publish a release of everything to a folder of releases."""
    source = folder / "files" / tag
    source.mkdir(parents=True)
    artifacts = [{"name": name, "kind": kind, "package": "tides-mcp"} for name, kind in FILES.items()]
    channels = [{"id": kind, "kind": kind, "package": "tides-mcp", "address": at} for kind, at in ADDRESSES.items()]
    plan: dict[str, Any] = {
        "repository": "octo/tides-mcp",
        "tag": tag,
        "commit": "c" * 40,
        "commit_time": "2026-03-01T12:00:00Z",
    }
    plan |= {"tool": {"version": "1.0.0"}, "packages": [PACKAGE], "artifacts": artifacts, "channels": channels}
    report = {"probes": [{"package": "tides-mcp", "tools": [{"name": "high_water", "description": "When it comes."}]}]}
    written = dict.fromkeys(FILES, "bytes") | {
        "tides-mcp-1.2.0.release.json": json.dumps({"plan": plan, "artifacts": artifacts, "probes": []}),
        "tides-mcp-1.2.0.mcp-probe.json": json.dumps(report),
    }
    forge = DirectoryForge(folder / "releases")
    draft = ReleaseDraft(
        tag=tag, name=f"tides-mcp {tag}", body="## Added\n\n- tides", prerelease=False, commitish="c" * 40
    )
    made = forge.create_draft(draft)
    for name, text in written.items():
        path = source / name
        path.write_text(text, encoding="utf-8")
        local = LocalAsset(name=name, path=str(path), size=len(text), sha256=sha256_of(path), media_type="text/plain")
        forge.upload(made, local, lambda _sent: None)
    forge.publish(made, latest=True)
    return folder / "releases" / tag


class Quiet(SimpleHTTPRequestHandler):
    """Files of a folder, without a word."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the library's name)
        """Say nothing."""


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve a folder on loopback."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """Open the older page of two; what the browser tells serves all tests."""
    folder = tmp_path_factory.mktemp("page")
    page = release(folder, "v1.2.0") / "index.html"
    release(folder, "v1.10.0")
    pictures = Path(os.environ.get("TAGSHIP_SCREENSHOTS") or folder)
    pictures.mkdir(parents=True, exist_ok=True)
    with serve(folder / "releases") as address:
        script: list[str | Path] = [needed("node"), HERE / "install_page.mjs", installed(BROWSER), needed("chromium")]
        argv: list[str | Path] = [*script, f"{address}/v1.2.0/index.html", pictures]
        done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, done.stderr
        values: dict[str, Any] = json.loads(done.stdout)
        return {**values, "own": address, "size": page.stat().st_size}


@pytest.mark.parametrize("width", ["phone", "desktop"])
def test_every_way_is_reached_by_keyboard(told: Mapping[str, Any], width: str) -> None:
    """Tab to the list, arrows to each: one panel, named by its tab, with the right line; nothing sticks out at the side."""
    seen = told["widths"][width]
    assert {tab["label"]: tab["lines"][0] if tab["lines"] else "" for tab in seen["tabs"]} == LINES
    assert all(tab["labelled"] for tab in seen["tabs"])
    assert (seen["end"], seen["wide"]) == ("MCPB", False)


@pytest.mark.parametrize("width", ["phone", "desktop"])
def test_nothing_bars_anybody(told: Mapping[str, Any], width: str) -> None:
    """axe-core finds nothing in any tab, light or dark; no error, no request but for the page itself."""
    seen = told["widths"][width]
    assert seen["violations"] == []
    assert seen["errors"] == []
    assert seen["requests"] == [f"{told['own']}/v1.2.0/index.html"]


@pytest.mark.parametrize("width", ["phone", "desktop"])
def test_copying_gives_the_exact_text(told: Mapping[str, Any], width: str) -> None:
    """By Enter on each button that is seen: of the first tab, and of the lines that check a download."""
    copied = told["widths"][width]["copied"]
    assert len(copied) >= 6
    assert all(text == taken for text, taken in copied)
    assert LINES["uvx"] in {taken for _, taken in copied}


def test_links_and_configurations_start_the_server(told: Mapping[str, Any]) -> None:
    """Decoded as each client decodes them, all say what the tab says, with the variables of the server."""
    lines = {tab["label"]: tab["lines"] for tab in told["widths"]["desktop"]["tabs"]}
    command, arguments = "uvx", ["--from", "tides-mcp==1.2.0", "tides-mcp", "--quiet"]
    entry = {"command": command, "args": arguments, "env": {"TIDES_KEY": "<TIDES_KEY>", "TIDES_UNIT": "m"}}
    _, claude, shared, vscode = lines["uvx"]
    assert json.loads(shared) == {"mcpServers": {"tides-mcp": entry}}
    variables = ["-e", "TIDES_KEY=<TIDES_KEY>", "-e", "TIDES_UNIT=m"]
    assert shlex.split(claude) == ["claude", "mcp", "add", *variables, "tides-mcp", "--", command, *arguments]
    asked = {"TIDES_KEY": "${input:TIDES_KEY}", "TIDES_UNIT": "${input:TIDES_UNIT}"}
    prompting = {"type": "stdio", "command": command, "args": arguments, "env": asked}
    assert json.loads(vscode)["servers"] == {"tides-mcp": prompting}
    assert [each["password"] for each in json.loads(vscode)["inputs"]] == [True, False]
    links: dict[str, str] = {}
    for client, address in told["links"]:
        links.setdefault(client, address)
    inputs = json.loads(vscode)["inputs"]
    assert json.loads(unquote(links["VS Code"].removeprefix("vscode:mcp/install?"))) == {
        "name": "tides-mcp", **prompting, "inputs": inputs,
    }  # fmt: skip
    for client, start in (
        ("Cursor", "cursor://anysphere.cursor-deeplink/mcp/install"),
        ("LM Studio", "lmstudio://add_mcp"),
    ):
        address, query = links[client].partition("?")[::2]
        given = parse_qs(query)
        assert (address, given["name"]) == (start, ["tides-mcp"])
        assert json.loads(base64.b64decode(given["config"][0], validate=True)) == entry
    goose = parse_qs(urlsplit(links["Goose"]).query)
    assert (goose["cmd"], goose["arg"]) == ([command], arguments)


def test_other_versions_and_proofs_are_one_link_away(told: Mapping[str, Any]) -> None:
    """Also versions that came later, the newest first; SBOM and provenance are named for what they are."""
    versions = told["widths"]["desktop"]["versions"]
    assert versions == [["v1.10.0", "/v1.10.0/index.html", None], ["v1.2.0", "/v1.2.0/index.html", "page"]]
    assert "tides-mcp-1.2.0.cdx.json: what is inside (SBOM)" in told["without"]
    assert "tides-mcp-1.2.0.intoto.jsonl: where it comes from (provenance)" in told["without"]


def test_without_scripts_it_shows_everything_and_it_is_small(told: Mapping[str, Any]) -> None:
    """Each way with its line and its configurations; 60 kB at most."""
    assert told["unseen"] == 0
    assert all(line in told["without"] for line in LINES.values())
    assert told["without"].count('"mcpServers"') == len(LINES) - 1
    assert told["size"] <= 60_000
