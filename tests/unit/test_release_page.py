"""What the page of a release shows of plan, manifest and probe report."""

from typing import Any

from tagship.adapters import release_page
from tagship.domain.install import install_tabs, page_probes, site_releases

PACKAGE = {"id": "demo", "name": "@octo/demo", "entry": "demo", "license": "MIT", "mcp_name": None}
PROBE = {"id": "p", "artifact": "demo.tgz", "target": "linux-x86_64", "runtime": "node22"}


def plan(**kinds: str) -> dict[str, Any]:
    artifacts = [{"package": "demo", "name": name.replace("__", "."), "kind": kind} for name, kind in kinds.items()]
    return {"packages": [PACKAGE], "artifacts": artifacts, "probes": [PROBE]}


def names(made: dict[str, Any]) -> set[str]:
    return {artifact["name"] for artifact in made["artifacts"]}


def test_each_kind_of_file_has_its_line() -> None:
    """What is not in the release has none; of several wheels pip chooses."""
    made = plan(demo__whl="wheel", demo__tgz="npm", demo__deb="deb", install__sh="installer", gone__rpm="rpm")
    (block,) = install_tabs.tabs(made, names(made) - {"gone.rpm"})
    assert [line for tab in block.tabs for line in tab.lines] == [
        "uvx --from ./demo.whl demo", "npx -y ./demo.tgz", "sh ./install.sh", "sudo apt install ./demo.deb",
    ]  # fmt: skip
    several = plan(a__whl="wheel", b__whl="wheel")
    (block,) = install_tabs.tabs(several, names(several))
    assert block.tabs[0].lines == ("pip install --find-links . @octo/demo",)
    assert install_tabs.tabs(plan(), set()) == []
    site = {"kind": "pages", "address": "https://octo.github.io/demo", "package": "demo", "options": {}}
    (block,) = install_tabs.tabs({**made, "channels": [site], "repository": "octo/demo", "tag": "v1"}, {"demo.deb"})
    assert "https://octo.github.io/demo/apt/demo.sources" in block.tabs[0].lines[0]


def test_probes_are_shown_as_people_read_them() -> None:
    """Answers, waits for configuration, or what it was; a probe that the plan does not know is not shown."""
    manifest = {
        "probes": [
            {"id": "p", "status": "ok", "protocol_versions": ["2025-11-25"]},
            {"id": "other", "status": "ok", "protocol_versions": []},
        ]
    }
    assert page_probes.answers(plan(), manifest) == [
        {
            "file": "demo.tgz",
            "platform": "linux-x86_64",
            "runtime": "node22",
            "status": "answers",
            "protocols": "2025-11-25",
        }
    ]


def test_hostile_words_stay_words() -> None:
    """Names, tools and descriptions come from servers and projects: none becomes markup."""
    evil = "<script>alert(1)</script>"
    record = {
        "name": evil,
        "state": "published",
        "prerelease": False,
        "latest": True,
        "tag": "v1",
        "notes": evil,
        "assets": [],
    }
    probe = {"server": {"name": evil}, "tools": [{"name": evil, "description": evil}]}
    html = release_page.render(record, {"plan": plan(), "probes": []}, {"probes": [probe]})
    assert html.count("<script") == 1
    assert html.count("&lt;script") >= 4


def test_what_is_wrapped_around_a_package_is_one_block_with_it() -> None:
    """One list of ways per server: an image, a bundle and Linux packages are ways, not packages; equal labels are told apart."""
    around = {**PACKAGE, "id": "demo-container", "wraps": "demo"}
    made = {**plan(demo__tgz="npm", demo__mcpb="mcpb", other__mcpb="mcpb"), "packages": [PACKAGE, around]}
    image = {"package": "demo-container", "name": "demo.oci.tar", "kind": "image"}
    more = {"package": "demo-container", "name": "more.tgz", "kind": "npm"}
    made["artifacts"] = [*made["artifacts"], image, more]
    (block,) = install_tabs.tabs(made, names(made))
    assert [tab.label for tab in block.tabs] == ["npx", "npx (2)", "Docker", "MCPB"]
    assert block.package is PACKAGE


def test_on_a_site_files_are_addresses_and_words_stay_words() -> None:
    """Links lead to the release and to the top of the site; where a release is on no server, files are only named."""
    evil = '="../../"<b>'
    asset = {"name": "demo.tgz", "size": 1, "sha256": "0" * 64}
    record = {"name": evil, "state": "published", "prerelease": False, "latest": False, "tag": "a/v1", "notes": ""}
    made = {"plan": plan(demo__tgz="npm"), "artifacts": [{**asset, "kind": "npm"}]}
    place = release_page.Place(files="https://github.com/o/r/releases/download/a/v1", site=site_releases.UP)
    page = release_page.render({**record, "assets": [asset]}, made, {}, place=place)
    assert "<b>" not in page
    assert 'href="https://github.com/o/r/releases/download/a/v1/demo.tgz"' in page
    top = site_releases.at_the_top(page.encode()).decode()
    assert top.count('="./') == page.count('="../../') == 3
    assert top.count("../../") == page.count("../../") - 3 == 2  # what the name says
    nowhere = release_page.render({**record, "assets": [asset]}, made, {}, place=place._replace(files=None))
    assert "demo.tgz" in nowhere
    assert "demo.tgz</a>" not in nowhere
