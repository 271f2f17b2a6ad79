"""``tagship publish`` to a registry of crates: what cargo packed is what cargo installs, what is needed first goes first."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import product
from pathlib import Path

import pytest

from tagship.domain.plans import plan as plans
from tests.integration import publish_run
from tests.integration.mcp_client import Answer, ask
from tests.integration.publish_run import Built, Publisher
from tests.tools.crate_registry import MINTED, TOKEN, TOKENS, CrateRegistry
from tests.tools.issuer import REQUEST_TOKEN, Issuer

CORE, SERVER = "dice-core-1.2.0.crate", "dice-mcp-1.2.0.crate"
SHARED = 'version = "1.2.0"\nedition = "2021"\nlicense = "MIT"\ndescription = "Rolls dice."\n'
INHERITED = (
    "version.workspace = true\nedition.workspace = true\nlicense.workspace = true\ndescription.workspace = true\n"
)
PROGRAM = r"""use std::io::BufRead;
fn main() {
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let id = line.split("\"id\":").nth(1).map_or("", |rest| rest.split([',', '}']).next().unwrap_or("").trim());
        let result = if line.contains("\"initialize\"") {
            r#"{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"dice-mcp","version":"1.2.0"}}"#.to_string()
        } else if line.contains("\"tools/list\"") {
            format!(r#"{{"tools":[{{"name":"{}","inputSchema":{{"type":"object"}}}}]}}"#, dice_core::tool())
        } else {
            continue;
        };
        println!(r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#);
    }
}
"""
LOCK = (
    'version = 4\n\n[[package]]\nname = "dice-core"\nversion = "1.2.0"\n\n'
    '[[package]]\nname = "dice-mcp"\nversion = "1.2.0"\ndependencies = [\n "dice-core",\n]\n'
)
FILES = {
    "Cargo.toml": f'[workspace]\nmembers = ["core", "server"]\nresolver = "2"\n\n[workspace.package]\n{SHARED}',
    "Cargo.lock": LOCK,
    "core/Cargo.toml": f'[package]\nname = "dice-core"\n{INHERITED}',
    "core/src/lib.rs": 'pub fn tool() -> &\'static str {\n    "roll"\n}\n',
    "server/Cargo.toml": f'[package]\nname = "dice-mcp"\nreadme = "README.md"\n{INHERITED}\n[dependencies]\n'
    'dice-core = { path = "../core", version = "1.2.0" }\n',
    "server/README.md": "# Dice\n",
    "server/src/main.rs": PROGRAM,
    "LICENSE": "MIT",
}
CHANNEL = "targets: [linux-x86_64]\nchannels: [{{kind: crates, address: '{}'}}]\n"
pytestmark = [pytest.mark.network, pytest.mark.skipif(sys.platform != "linux", reason="builds the legs of Linux")]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return _build(tmp_path_factory.mktemp("built") / "dice")


@pytest.fixture(scope="module")
def server() -> Iterator[CrateRegistry]:
    with CrateRegistry() as server:
        yield server


@pytest.fixture(scope="module")
def planned(built: Built, server: CrateRegistry, tmp_path_factory: pytest.TempPathFactory) -> Publisher:
    config = CHANNEL.format(server.index)
    return publish_run.plan(built, tmp_path_factory.mktemp("planned"), config, {"TAGSHIP_CRATES_TOKEN": TOKEN}, TOKEN)


@pytest.fixture
def registry(server: CrateRegistry) -> CrateRegistry:
    server.empty()
    return server


@pytest.fixture
def publisher(planned: Publisher, registry: CrateRegistry) -> Publisher:
    del registry
    return planned


def test_what_is_published_is_installed_by_cargo_and_speaks_mcp(
    publisher: Publisher, registry: CrateRegistry, tmp_path: Path
) -> None:
    """The library that the server needs goes first; cargo builds both from the registry, and the program is the server."""
    done = publisher.run()
    assert done.code == 0, done.said
    assert {name: told["state"] for name, told in done.published.items()} == {
        "crates/dice-core": "published",
        "crates/dice-mcp": "published",
    }
    assert done.published["crates/dice-mcp"]["url"] == f"{registry.index}/di/ce/dice-mcp"
    assert [upload["name"] for upload in registry.uploads] == ["dice-core", "dice-mcp"]
    assert registry.crates == {name: publisher.file(name).read_bytes() for name in (CORE, SERVER)}
    env = _as_crates_io(registry, tmp_path, publisher.env)
    root = tmp_path / "installed"
    publish_run.check(["cargo", "install", "--debug", "--locked", "--root", str(root), "dice-mcp"], tmp_path, env)
    assert ask([root / "bin/dice-mcp"], tmp_path, env) == Answer("dice-mcp", "1.2.0", frozenset({"roll"}))


def test_again_writes_nothing_and_needs_no_token(publisher: Publisher, registry: CrateRegistry) -> None:
    """A second run asks the index once for each crate."""
    assert publisher.run().code == 0
    registry.requests.clear()
    again = publisher.run(TAGSHIP_CRATES_TOKEN="")
    assert (again.code, again.published["crates/dice-mcp"]["state"]) == (0, "already-there"), again.said
    assert sorted(registry.requests) == ["GET /index/di/ce/dice-core", "GET /index/di/ce/dice-mcp"]


def test_crates_are_only_made_when_somebody_asks_for_them(built: Built, tmp_path: Path) -> None:
    """Without the channel the release has the program alone, and the library is left out of it."""
    bare = publish_run.plan(built, tmp_path, "targets: [linux-x86_64]\n", {})
    plan = plans.decode((bare.project / "plan.json").read_bytes(), file="plan.json")
    assert ([each.id for each in plan.packages], {each.kind for each in plan.built}) == (["dice-mcp"], {"archive"})


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        (
            "server/Cargo.toml",
            FILES["server/Cargo.toml"].replace(', version = "1.2.0"', ""),
            "registries know no paths",
        ),
        ("core/Cargo.toml", FILES["core/Cargo.toml"] + "publish = false\n", "publish the crate that it needs first"),
    ],
)
def test_what_no_registry_can_take_is_told_by_the_build(tmp_path: Path, file: str, text: str, said: str) -> None:
    """A path without a version, and a need that is kept from registries: before anything is compiled, with what to do."""
    config = CHANNEL.format("https://crates.example.org")
    project = _write(tmp_path / "dice", {**FILES, file: text, "tagship.yaml": config})
    env = publish_run.environment(tmp_path)
    for argv in (["init", "-q"], ["add", "."], ["commit", "-qm", "feat: start"], ["tag", "v1.2.0"]):
        publish_run.check(["git", *argv], project, env)
    publish_run.tagship(project, env, "build-matrix")
    done = subprocess.run(
        [sys.executable, "-m", "tagship", "build"], cwd=project, env=env, capture_output=True, text=True, check=False
    )
    assert (done.returncode, "server/Cargo.toml" in done.stderr, said in done.stderr) == (3, True, True), done.stderr


def test_other_bytes_under_the_version_are_refused(publisher: Publisher, registry: CrateRegistry) -> None:
    """One crate of the two is there from another build: neither is sent."""
    registry.lines["dice-core"] = [{"name": "dice-core", "vers": "1.2.0", "cksum": "0" * 64, "yanked": False}]
    done = publisher.run()
    assert (done.code, registry.count("PUT")) == (4, 0), done.said
    assert f"crates/dice-core: this version is there with other bytes: {CORE}" in done.said


def test_a_half_published_workspace_is_completed_and_a_yanked_crate_is_told(
    publisher: Publisher, registry: CrateRegistry
) -> None:
    """The library is there, of an earlier run, and was yanked since: that is said; nobody takes it back; the rest is sent."""
    digest = hashlib.sha256(publisher.file(CORE).read_bytes()).hexdigest()
    registry.lines["dice-core"] = [{"name": "dice-core", "vers": "1.2.0", "cksum": digest, "yanked": True}]
    done = publisher.run()
    assert (done.code, [upload["name"] for upload in registry.uploads]) == (0, ["dice-mcp"]), done.said
    assert "is yanked" in done.said


def test_the_job_itself_is_trusted_for_as_long_as_it_needs(publisher: Publisher, registry: CrateRegistry) -> None:
    """Each crate gets a token for the job's identity, which is given back at once; none is shown."""
    registry.lines = {name: [{"name": name, "vers": "1.0.0", "cksum": "0" * 64}] for name in ("dice-core", "dice-mcp")}
    with Issuer() as issuer:
        identity = issuer.token("127.0.0.1")
        registry.trusts = lambda given: given == identity
        owner = Publisher(
            publisher.project, publisher.digests, publisher.env, (*publisher.secrets, REQUEST_TOKEN, identity, MINTED)
        )
        done = owner.run(TAGSHIP_CRATES_TOKEN="", **issuer.environment)
        assert (done.code, len(registry.uploads)) == (0, 2), done.said
        assert [r for r in registry.requests if TOKENS in r] == [f"POST {TOKENS}", f"DELETE {TOKENS}"] * 2
        assert registry.tokens == {TOKEN}
        registry.lines["dice-core"].pop()
        registry.limited = ["100000"]
        assert owner.run(TAGSHIP_CRATES_TOKEN="", **issuer.environment).code == 5
        assert registry.tokens == {TOKEN}


def test_a_first_publication_needs_a_token_which_is_said(publisher: Publisher, registry: CrateRegistry) -> None:
    """A trusted publisher can be named for a crate that is there only; without any way to a token its variable is named."""
    with Issuer() as issuer:
        done = publisher.run(TAGSHIP_CRATES_TOKEN="", **issuer.environment)
        assert (done.code, registry.uploads) == (4, []), done.said
        assert "a trusted publisher cannot make a new crate: set TAGSHIP_CRATES_TOKEN once" in done.said
        registry.lines = {"dice-core": [{"name": "dice-core", "vers": "1.0.0", "cksum": "0" * 64}]}
        known = publisher.run("--channels", "crates/dice-core", TAGSHIP_CRATES_TOKEN="", **issuer.environment)
        assert (known.code, "cannot make a new crate" in known.said) == (4, False), known.said
        assert "name repository, workflow file and environment" in known.said
    none = publisher.run(TAGSHIP_CRATES_TOKEN="")
    assert (none.code, "set TAGSHIP_CRATES_TOKEN" in none.said) == (2, True), none.said
    wrong = publisher.run(TAGSHIP_CRATES_TOKEN="of-nobody")
    assert (wrong.code, registry.count("PUT"), "publish-update" in wrong.said) == (4, 1, True), wrong.said


def test_a_limit_is_waited_for_as_long_as_it_says(publisher: Publisher, registry: CrateRegistry) -> None:
    """crates.io names a moment, by its own clock: within the window it is waited for, beyond it the run ends and says so."""
    registry.limited = [_moment(2)]
    done = publisher.run("--channels", "crates/dice-core")
    assert (done.code, registry.count("PUT")) == (0, 2), done.said
    registry.limited = [_moment(600)]
    late = publisher.run()
    assert (late.code, "Please try again after" in late.said) == (5, True), late.said
    assert "tagship publish --channels crates/dice-mcp" in late.said


def test_a_registry_that_fails_for_a_while_is_waited_for(publisher: Publisher, registry: CrateRegistry) -> None:
    """503, a connection that ends in the middle, an answer that got lost, and an index that lags: each crate is there once."""
    broken, cuts, lost = iter([503]), iter([100]), iter([True])
    registry.before = lambda method, _path: next(broken, None) if method == "PUT" else None
    registry.cut = lambda method, _path: next(cuts, None) if method == "PUT" and next(broken, 0) == 0 else None
    registry.after = lambda method, _path: method == "PUT" and bool(registry.uploads) and next(lost, False)
    registry.lags = 3
    done = publisher.run()
    assert done.code == 0, done.said
    assert {name: [line["vers"] for line in lines] for name, lines in registry.lines.items()} == {
        "dice-core": ["1.2.0"],
        "dice-mcp": ["1.2.0"],
    }
    assert next(broken, None) is next(cuts, None) is next(lost, None) is None


def test_what_a_registry_refuses_is_told(publisher: Publisher, registry: CrateRegistry) -> None:
    """A no is final and asked for once; a failure that stays ends the run, too."""
    for status, code in ((401, 4), (404, 4), (409, 4), (413, 4), (422, 4), (500, 5)):
        registry.empty()
        registry.before = lambda method, _path, status=status: status if method == "PUT" else None
        done = publisher.run("--retry-window", "0", "--channels", "crates/dice-core")
        assert (done.code, registry.uploads, registry.count("PUT")) == (code, [], 1), done.said
        assert str(status) in done.said


def test_two_runs_at_once_both_end_well(publisher: Publisher, registry: CrateRegistry) -> None:
    """Both put the same crate at the same moment: whoever comes second is told that it is there, and looks again."""
    meet = threading.Barrier(2, timeout=60)

    def together(method: str, _path: str) -> None:
        if method == "PUT" and registry.count("PUT") <= 2:
            meet.wait()

    registry.before = together
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.submit(publisher.run), pool.submit(publisher.run)
        assert (first.result().code, second.result().code) == (0, 0), first.result().said + second.result().said
    assert len(registry.uploads) == 2


def test_a_kill_at_any_request_and_a_re_run_converge(
    publisher: Publisher, registry: CrateRegistry, tmp_path: Path
) -> None:
    """Look, ask where, put, look: killed before or after the registry carried out any of them, a re-run ends the same."""
    alone = _only_core(publisher, tmp_path)
    for nth, taken in product(range(1, 5), (False, True)):
        registry.empty()
        alone.run_until_killed_at(registry, nth, taken=taken)
        done = alone.run()
        assert (done.code, list(registry.crates)) == (0, [CORE]), done.said


def test_the_words_about_a_crate_are_those_of_cargo(tmp_path: Path) -> None:
    """Cargo publishes a crate with all that a manifest can say; what we send of the same file is the same."""
    manifest = (
        '[package]\nname = "odd-dice"\nversion = "0.3.0-rc.1"\nedition = "2021"\nrust-version = "1.70"\n'
        'license = "MIT OR Apache-2.0"\n'
        'description = "Odd."\nreadme = "docs/READ.md"\nkeywords = ["dice"]\ncategories = ["games"]\nhomepage = "https://example.org"\n'
        'authors = ["A <a@example.org>"]\nlinks = "odd"\nrepository = "https://example.org/r"\npublish = ["here"]\n'
        'build = "build.rs"\n'
        '[features]\ndefault = ["words"]\nwords = ["dep:itoa"]\n[dependencies]\nitoa = { version = "1", optional = true }\n'
        'number = { package = "cfg-if", version = "1.0", default-features = false }\nryu = "1"\n'
        '[target."cfg(unix)".dependencies]\nlibc = { version = "0.2", features = ["extra_traits"] }\n'
        '[build-dependencies]\nautocfg = "1"\n[dev-dependencies]\nmemchr = "2"\n'
    )
    texts = {"Cargo.toml": manifest, "src/lib.rs": "", "build.rs": "fn main() {}\n", "docs/READ.md": "# Odd\n"}
    project = _write(tmp_path / "odd-dice", texts)
    with CrateRegistry(knows_all=True) as registry:
        env = publish_run.environment(tmp_path)
        env |= {"CARGO_REGISTRIES_HERE_INDEX": f"sparse+{registry.index}/", "CARGO_REGISTRIES_HERE_TOKEN": TOKEN}
        publish_run.check(["cargo", "publish", "--no-verify", "--allow-dirty", "--registry", "here"], project, env)
        (wanted,), ((name, data),) = registry.uploads, registry.crates.items()
        registry.lines.clear()
        registry.uploads.clear()
        by_hand = publish_run.by_hand(
            tmp_path,
            {name: publish_run.File("crate", data)},
            [publish_run.channel("crates", registry.index, package="odd-dice")],
            {"TAGSHIP_CRATES_TOKEN": TOKEN},
            TOKEN,
            version="0.3.0-rc.1",
            name="odd-dice",
        )
        done = by_hand.run()
        assert done.code == 0, done.said
    assert _sorted(registry.uploads[0]) == _sorted(wanted)


def _sorted(about: dict[str, object]) -> dict[str, object]:
    deps = about["deps"]
    assert isinstance(deps, list)
    whole = [{key: value for key, value in dep.items() if value is not None} for dep in deps]
    return {**about, "deps": sorted(whole, key=lambda dep: (dep["kind"], dep["name"]))}


def _build(project: Path) -> Built:
    _write(project, {**FILES, "tagship.yaml": CHANNEL.format("https://crates.example.org")})
    return publish_run.build_folder(project, "v1.2.0")


def _write(project: Path, texts: dict[str, str]) -> Path:
    for name, text in texts.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return project


def _moment(seconds: int) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


def _only_core(publisher: Publisher, folder: Path) -> Publisher:
    """Leave one channel in the plan, so that requests come one after the other."""
    project = folder / "alone"
    shutil.copytree(publisher.project, project)
    plan = json.loads((project / "plan.json").read_bytes())
    plan["channels"] = [each for each in plan["channels"] if each["package"] == "dice-core"]
    (project / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    return replace(publisher, project=project)


def _as_crates_io(registry: CrateRegistry, folder: Path, env: dict[str, str]) -> dict[str, str]:
    """Let cargo find the registry in the place of crates.io, and nothing that it had fetched before."""
    home = folder / "cargo"
    home.mkdir()
    lines = '[source.crates-io]\nreplace-with = "here"\n[source.here]\nregistry = "sparse+{}/"\n'
    (home / "config.toml").write_text(lines.format(registry.index), encoding="utf-8")
    rustup = os.environ.get("RUSTUP_HOME") or str(Path.home() / ".rustup")
    return {**env, "CARGO_HOME": str(home), "RUSTUP_HOME": rustup}
