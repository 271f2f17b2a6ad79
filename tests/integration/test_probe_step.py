"""Probes in the chain: what is shipped was started from its files; what is broken stops the release, and says why."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.integration.examples import caches
from tests.integration.odd_http import Odd, serving
from tests.integration.projects import Project, Result, make
from tests.integration.small_server import ADD, SAY, files, module

pytestmark = pytest.mark.network


def project(folder: Path, source: str, **more: str) -> Project:
    """Make a repository whose package is a server."""
    return make(folder, files(source, **more))


def built(made: Project) -> Project:
    """Plan and build."""
    for command in ("build-matrix", "build"):
        done = made.tagship(command, TAGSHIP_PROBES="true")
        assert done.code == 0, done.said
    return made


def probed(made: Project, *arguments: str, **environment: str) -> Result:
    return built(made).tagship("probe", *arguments, **environment)


def report(made: Project) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((made.root / "dist" / "probe" / "mcp-probe.json").read_bytes())
    return found


def test_a_release_holds_what_its_servers_said(tmp_path: Path) -> None:
    """Wheel and sdist are installed and asked; the report is an asset, listed, signed, and in the manifest."""
    made = project(tmp_path, module())
    done = made.tagship("release", XDG_DATA_HOME=str(tmp_path / "data"), TAGSHIP_PROBES="true")
    assert done.code == 0, done.said
    released = made.root / "releases" / "v1.2.0"
    found = json.loads((released / "demo-server-1.2.0.mcp-probe.json").read_bytes())
    assert [(probe["id"], probe["verdict"]) for probe in found["probes"]] == [
        ("demo-server-sdist-linux-x86_64-python3.11", "ok"),
        ("demo-server-wheel-linux-x86_64-python3.11", "ok"),
    ]
    assert [tool["name"] for tool in found["probes"][0]["tools"]] == ["add"]
    assert report(made)["measured"]["demo-server-wheel-linux-x86_64-python3.11"]["start_seconds"] > 0
    assert found["measured"] == {}
    assert (released / "demo-server-1.2.0.mcp-probe.json.sigstore.json").is_file()
    assert "demo-server-1.2.0.mcp-probe.json" in (released / "checksums.txt").read_text(encoding="utf-8")
    manifest = json.loads((released / "demo-server-1.2.0.release.json").read_bytes())
    assert {(each["id"], each["status"]) for each in manifest["probes"]} == {
        (probe["id"], probe["verdict"]) for probe in found["probes"]
    }


def test_a_release_that_is_made_again_is_the_same_one(tmp_path: Path) -> None:
    """Results are kept for the same bytes; found anew they are the same, but for what was measured, which is not released."""
    made = project(tmp_path, module())
    environment = {"XDG_DATA_HOME": str(tmp_path / "data"), "TAGSHIP_PROBES": "true"}
    assert made.tagship("release", **environment).code == 0
    again = made.tagship("release", "--json", **environment)
    assert json.loads(again.out)["state"] == "unchanged", again.said
    made.git("clean", "-xfdq", "-e", "releases", "dist")
    fresh = made.tagship("release", "--json", **environment)
    assert json.loads(fresh.out)["state"] == "unchanged", fresh.said


BROKEN = {
    "import": ("import does_not_exist_anywhere", "No module named 'does_not_exist_anywhere'"),
    "noise": ("print('Starting up…', flush=True)", "line 1 of stdout"),
    "crash": ("sys.exit(3)", "exit code 3"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_does_not_answer_is_not_shipped(tmp_path: Path, name: str) -> None:
    """Exit code 1, the reason and what to do; nothing is signed, and the report tells the rest."""
    before, reason = BROKEN[name]
    made = project(tmp_path, module(before=before))
    done = made.tagship("release", XDG_DATA_HOME=str(tmp_path / "data"), TAGSHIP_PROBES="true")
    assert done.code == 1, done.said
    assert reason in done.said
    assert "as a new user does" in done.said
    assert not (made.root / "dist" / "sign-and-attest").exists()
    assert {probe["verdict"] for probe in report(made)["probes"]} == {"broken"}


def test_what_cannot_be_installed_is_broken(tmp_path: Path) -> None:
    """A requirement that no version fulfils: so it will be for every new user."""
    made = project(tmp_path, module())
    text = (made.root / "pyproject.toml").read_text(encoding="utf-8")
    made.commit(
        "fix: needs", {"pyproject.toml": text.replace("dependencies = []", 'dependencies = ["iniconfig>9000"]')}
    )
    made.git("tag", "--force", "v1.2.0")
    done = probed(made)
    assert done.code == 1, done.said
    assert "cannot be installed" in done.said
    assert "iniconfig" in json.dumps(report(made)["probes"][0]["evidence"])


KEY = "os.environ.get('DEMO_KEY') or sys.exit('DEMO_KEY environment variable is required')"


def test_a_server_that_needs_configuration_says_what(tmp_path: Path) -> None:
    """It is shipped with a warning, fails where that is asked for, and is ok with a dummy value from either place."""
    made = built(project(tmp_path, module(before=KEY)))
    done = made.tagship("probe", "--json")
    assert done.code == 0, done.said
    assert json.loads(done.out)["status"] == "needs-configuration"
    assert report(made)["probes"][0]["missing"] == ["DEMO_KEY"]
    strict = made.tagship("probe", "--strict", "configuration")
    assert strict.code == 1
    assert "{DEMO_KEY: dummy}" in strict.said
    given = made.tagship("probe", "--json", TAGSHIP_ENV="DEMO_KEY=dummy")
    assert json.loads(given.out)["status"] == "ok", given.said
    configured = "packages:\n  demo-server:\n    probe: {environment: {DEMO_KEY: dummy}, strict: [configuration]}\n"
    made.commit("ci: dummy", {"tagship.yaml": configured})
    made.git("tag", "--force", "v1.2.0")
    again = probed(made, "--json")
    assert json.loads(again.out)["status"] == "ok", again.said


def test_a_server_of_another_version_is_told_and_refused_on_request(tmp_path: Path) -> None:
    """What it says of itself is compared with the plan."""
    made = built(project(tmp_path, module(version="0.9.0")))
    done = made.tagship("probe", "--json")
    assert (done.code, json.loads(done.out)["status"]) == (0, "wrong-version")
    assert "0.9.0" in done.err
    assert made.tagship("probe", "--strict", "version").code == 1


def test_a_server_sees_no_secret_and_nobody_s_home(tmp_path: Path) -> None:
    """Its environment is clean, its home empty, and no proxy's password is in it."""
    seen = tmp_path / "seen.json"
    before = f"open({str(seen)!r}, 'w').write(json.dumps([dict(os.environ), os.listdir(os.path.expanduser('~'))]))"
    made = built(project(tmp_path, module(before=before)))
    planted = {"GITHUB_TOKEN": "ghs_planted", "TAGSHIP_KEY": "planted", "AWS_SECRET_ACCESS_KEY": "planted"}
    done = made.tagship("probe", HTTPS_PROXY="http://u:planted@127.0.0.1:9", NO_PROXY="*", **planted)
    assert done.code == 0, done.said
    environment, home = json.loads(seen.read_text(encoding="utf-8"))
    assert "planted" not in json.dumps(environment)
    assert environment["HOME"] != str(made.home)
    assert home == []


def test_a_server_is_started_without_a_network_on_request(tmp_path: Path) -> None:
    """One that fetches something when it starts is found."""
    before = (
        "import socket; socket.create_server(('127.0.0.1', 0)).close(); socket.create_connection(('127.0.0.1', 9), 1)"
    )
    offline = "packages:\n  demo-server: {probe: {network: false}}\n"
    listener = "import socket; s = socket.create_server(('127.0.0.1', 0)); socket.create_connection(s.getsockname(), 1)"
    made = built(project(tmp_path / "a", module(before=listener)))
    assert made.tagship("probe").code == 0
    made = built(project(tmp_path / "b", module(before=listener), **{"tagship.yaml": offline}))
    done = made.tagship("probe")
    assert done.code == 1, done.said
    assert "unreachable" in done.said.lower()
    assert before


def test_only_what_a_job_vouches_for_is_signed(tmp_path: Path) -> None:
    """Without any report exit 1, with a changed or a missing one exit 6; with the right digest it is signed."""
    made = built(project(tmp_path, module()))
    key = {"TAGSHIP_KEY": str(tmp_path / "key.pem")}
    assert made.tagship("sign-and-attest", "--generate-key", str(tmp_path / "key.pem")).code == 0
    nothing = made.tagship("sign-and-attest", **key)
    assert nothing.code == 1
    assert "run `tagship probe`" in nothing.said
    digests = json.loads(made.tagship("probe", "--json").out)["digests"]
    path = made.root / "dist" / "probe" / "mcp-probe.json"
    path.rename(path.parent.parent / "moved.json")
    assert made.tagship("sign-and-attest", TAGSHIP_PROBE_DIGESTS=digests, **key).code == 6
    (made.root / "dist" / "moved.json").rename(path)
    good = path.read_bytes()
    path.write_bytes(good.replace(b'"verdict": "ok"', b'"verdict": "broken"'))
    assert made.tagship("sign-and-attest", TAGSHIP_PROBE_DIGESTS=digests, **key).code == 6
    path.write_bytes(good)
    done = made.tagship("sign-and-attest", TAGSHIP_PROBE_DIGESTS=digests, **key)
    assert done.code == 0, done.said


def test_reports_of_several_jobs_are_one_in_the_release(tmp_path: Path) -> None:
    """Each job carries out its part of the matrix; a probe that nobody carried out is missed."""
    made = built(project(tmp_path, module()))
    key = {"TAGSHIP_KEY": str(tmp_path / "key.pem")}
    made.tagship("sign-and-attest", "--generate-key", str(tmp_path / "key.pem"))
    ids = [f"demo-server-{kind}-linux-x86_64-python3.11" for kind in ("sdist", "wheel")]
    outputs = {}
    for slot, own in enumerate(ids):
        done = made.tagship("probe", "--probe", own, "--report", f"dist/probe-{slot}/mcp-probe.json", "--json")
        assert done.code == 0, done.said
        outputs[f"digests-{slot}"] = json.loads(done.out)["digests"]
        signed = made.tagship("sign-and-attest", TAGSHIP_PROBE_DIGESTS=json.dumps(outputs), **key)
        assert signed.code == slot ^ 1, signed.said
    found = json.loads((made.root / "dist/sign-and-attest/demo-server-1.2.0.mcp-probe.json").read_bytes())
    assert [probe["id"] for probe in found["probes"]] == ids


def test_tools_that_go_away_are_told_and_refused_without_a_major_version(tmp_path: Path) -> None:
    """Compared with the last release's report; the advice is for version-bump."""
    environment = {"XDG_DATA_HOME": str(tmp_path / "data"), "TAGSHIP_PROBES": "true"}
    made = project(tmp_path, module([ADD, SAY]))
    assert made.tagship("release", **environment).code == 0
    text = (made.root / "pyproject.toml").read_text(encoding="utf-8")
    made.commit(
        "feat: less",
        {
            "pyproject.toml": text.replace("1.2.0", "1.3.0"),
            "src/demo_server/__init__.py": module([ADD], version="1.3.0"),
        },
    )
    made.git("tag", "v1.3.0")
    notes = made.tagship("release", "--json", **environment)
    assert notes.code == 0, notes.said
    record = json.loads((made.root / "releases" / "v1.3.0" / "release.json").read_bytes())
    assert "## Tools" in record["notes"]
    assert "**Removed:** `say`" in record["notes"]
    assert "✓ python 3.11" in record["notes"]
    summary = tmp_path / "summary.md"
    summary.touch()
    done = probed(made, "--json", GITHUB_STEP_SUMMARY=str(summary))
    assert json.loads(done.out)["advice"] == "major", done.said
    assert "say" in summary.read_text(encoding="utf-8")
    refused = made.tagship("probe", "--strict", "tools")
    assert refused.code == 1, refused.said
    assert "say" in refused.said
    assert "major version" in refused.said


def test_a_command_or_an_address_is_probed_alone(tmp_path: Path) -> None:
    """No plan, no configuration: for servers of others, and for a nightly look at what is published."""
    made = project(tmp_path, module())
    (tmp_path / "server.py").write_text(module() + "\n\nmain()\n", encoding="utf-8")
    command = f"python3 {tmp_path / 'server.py'}"
    done = made.tagship("probe", "--command", command, "--call", '{"add": {"a": 1}}', "--json")
    said = json.loads(done.out)
    assert (done.code, said["status"], said["server-version"], said["tools"]) == (0, "ok", "1.2.0", '["add"]')
    assert report(made)["probes"][0]["calls"][0]["ok"] is True
    (made.root / "here.py").write_text(module() + "\n\nmain()\n", encoding="utf-8")
    assert made.tagship("probe", "--command", "python3 here.py").code == 0
    other = made.tagship("probe", "--command", command, "--expect-version", "2.0.0", "--strict", "version")
    assert other.code == 1
    nobody = made.tagship("probe", "--url", "http://127.0.0.1:9/mcp", "--timeout", "1", "--retries", "0")
    assert nobody.code == 1, nobody.said
    with serving(Odd) as server:
        there = made.tagship("probe", "--url", server.url, "--json")
    assert (there.code, json.loads(there.out)["tools"]) == (0, '["echo"]'), there.said


def test_tools_are_compared_with_those_of_a_published_server(tmp_path: Path) -> None:
    """By the command that starts it, or by a report of it: what is gone is told, and refused on request."""
    made = make(tmp_path, {})
    for name, tools in {"old": [ADD, SAY], "new": [ADD]}.items():
        (tmp_path / f"{name}.py").write_text(module(tools) + "\n\nmain()\n", encoding="utf-8")
    old, new = (f"python3 {tmp_path / name}.py" for name in ("old", "new"))
    done = made.tagship("probe", "--command", new, "--baseline-command", old, "--json")
    assert (done.code, json.loads(done.out)["advice"]) == (0, "major"), done.said
    assert made.tagship("probe", "--command", old, "--report", "old.json").code == 0
    refused = made.tagship("probe", "--command", new, "--baseline", "old.json", "--strict", "tools")
    assert (refused.code, "say: it is gone" in refused.said) == (1, True), refused.said
    more = made.tagship("probe", "--command", old, "--baseline-command", new, "--strict", "tools", "--json")
    assert (more.code, json.loads(more.out)["advice"]) == (0, "minor"), more.said


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--probe", "nobody"), "the plan has no probe 'nobody'"),
        (("--command", "a 'b"), "command cannot be read"),
        (("--command", "a", "--url", "http://127.0.0.1:9"), "both given"),
        (("--command", "a", "--env", "no value"), "NAME=value"),
        (("--command", "a", "--call", "[]"), "JSON object of tools"),
        (("--strict", "everything"), "strict knows no 'everything'"),
        (("--command", "a", "--baseline", "nowhere.json"), "cannot read it"),
    ],
)
def test_bad_input_is_told(tmp_path_factory: pytest.TempPathFactory, arguments: tuple[str, ...], expected: str) -> None:
    """Exit code 2, what is wrong, what to do."""
    made = _planned(tmp_path_factory)
    done = made.tagship("probe", *arguments)
    assert done.code == 2, done.said
    assert expected in done.said


_PLANNED: dict[str, Project] = {}


def _planned(factory: pytest.TempPathFactory) -> Project:
    """Plan once for all: nothing is built."""
    if "it" not in _PLANNED:
        made = project(factory.mktemp("planned"), module())
        assert made.tagship("build-matrix", TAGSHIP_PROBES="true").code == 0
        _PLANNED["it"] = made
    return _PLANNED["it"]


def test_the_oldest_versions_that_are_allowed_are_tried_on_request(tmp_path: Path) -> None:
    """A lower bound that is too low is broken with the oldest versions, and fine with the newest."""
    made = project(
        tmp_path,
        module(before="from importlib.metadata import version; version('iniconfig') > '2' or sys.exit('too old')"),
    )
    text = (made.root / "pyproject.toml").read_text(encoding="utf-8")
    lowest = "packages:\n  demo-server: {probe: {lowest: true}}\n"
    bounds = text.replace("dependencies = []", 'dependencies = ["iniconfig>=1.1.1"]')
    made.commit("fix: bounds", {"pyproject.toml": bounds, "tagship.yaml": lowest})
    made.git("tag", "--force", "v1.2.0")
    done = probed(made, "--retries", "0")
    assert done.code == 1, done.said
    verdicts = {probe["id"].removeprefix("demo-server-"): probe["verdict"] for probe in report(made)["probes"]}
    assert verdicts["wheel-linux-x86_64-python3.11"] == "ok", done.said
    assert verdicts["wheel-linux-x86_64-python3.11-lowest"] == "broken"


def _every_python(folder: Path) -> Project:
    made = project(folder, module())
    text = (made.root / "pyproject.toml").read_text(encoding="utf-8")
    made.commit("feat: more", {"pyproject.toml": re.sub(r"requires-python = .*", 'requires-python = ">=3.11"', text)})
    made.git("tag", "--force", "v1.2.0")
    return made


def test_interpreters_that_are_not_there_are_told_in_one_line(tmp_path: Path) -> None:
    """Whatever is started in them, wheel or sdist; the report has each."""
    made = built(_every_python(tmp_path))
    done = made.tagship(
        "probe", UV_PYTHON_PREFERENCE="only-managed", UV_PYTHON_INSTALL_DIR=str(tmp_path / "none"), NO_COLOR="1"
    )
    assert done.code == 0, done.said
    (line,) = [line for line in done.err.splitlines() if "left out" in line]
    assert re.fullmatch(r".*left out on Python .*3\.12, 3\.13, .*: not on this machine", line)
    left_out = report(made)["left_out"]
    assert left_out["demo-server-sdist-linux-x86_64-python3.12"] == "Python 3.12 is not installed"


@pytest.mark.skipif(os.name == "nt", reason="a program that is a script")
def test_a_dry_run_starts_no_interpreter(tmp_path: Path) -> None:
    """To find one, all that are there are started: a dry run tells what is planned for this platform, and no more."""
    made = _every_python(tmp_path)
    assert made.tagship("build-matrix", TAGSHIP_PROBES="true").code == 0
    python, started = tmp_path / "bin" / "python3.12", tmp_path / "started"
    python.parent.mkdir()
    python.write_text(f"#!/bin/sh\ntouch '{started}'\nexit 1\n", encoding="utf-8")
    python.chmod(0o755)
    there = {
        "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}",
        "UV_PYTHON_INSTALL_DIR": str(tmp_path / "none"),
    }
    done = made.tagship("probe", "--dry-run", **there)
    assert done.code == 0, done.said
    assert "would start demo_server-1.2.0-py3-none-any.whl as demo-server-wheel-linux-x86_64-python3.12" in done.err
    assert "left out" not in done.err
    assert not started.exists()


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_stopped_probe_ends_at_once(tmp_path: Path) -> None:
    """Ctrl-C while a server says nothing: exit 130 without its time being waited for; neither it nor a folder stays."""
    made = project(
        tmp_path, module(before=f"open({str(tmp_path / 'here')!r}, 'w').close(); __import__('time').sleep(600)")
    )
    built(made)
    places = tmp_path / "temporary"
    places.mkdir()
    argv = [sys.executable, "-m", "tagship", "probe", "--jobs", "2"]
    env = made.env(**caches(), TMPDIR=str(places))
    with subprocess.Popen(argv, cwd=made.root, env=env, stderr=subprocess.PIPE, text=True) as running:
        while not (tmp_path / "here").exists() and running.poll() is None:
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        try:
            _, said = running.communicate(timeout=20)
        finally:
            running.kill()
    assert running.returncode == 130, said
    assert "interrupted" in said
    assert "Traceback" not in said
    assert list(places.iterdir()) == []


def test_a_line_of_nodejs_that_a_runner_lacks_is_fetched(tmp_path: Path) -> None:
    """The tarball is installed and started under it; on somebody's own machine it is left out, and said."""
    main = (
        "#!/usr/bin/env node\nconst tools = [{name: 'node', description: process.version, inputSchema: {type: 'object'}}];\n"
        "require('readline').createInterface({input: process.stdin}).on('line', (line) => {\n"
        "  const {id, method, params} = JSON.parse(line);\n"
        "  const results = {initialize: {protocolVersion: params?.protocolVersion, capabilities: {tools: {}},\n"
        "    serverInfo: {name: 'demo', version: '1.2.0'}}, 'tools/list': {tools}};\n"
        "  const answer = results[method] ? {result: results[method]} : {error: {code: -32601, message: 'no'}};\n"
        "  if (id !== undefined) console.log(JSON.stringify({jsonrpc: '2.0', id, ...answer}));\n});\n"
    )
    manifest = {
        "name": "demo-node-server", "version": "1.2.0", "license": "MIT", "mcpName": "io.github.octo/demo-node-server",
        "bin": {"demo-node-server": "main.js"}, "files": ["main.js"], "engines": {"node": "^22.0.0"},
    }  # fmt: skip
    lock = {
        "name": "demo-node-server", "version": "1.2.0", "lockfileVersion": 3, "requires": True,
        "packages": {"": {key: manifest[key] for key in ("name", "version", "license", "bin", "engines")}},
    }  # fmt: skip
    texts = {"package.json": json.dumps(manifest), "package-lock.json": json.dumps(lock), "main.js": main}
    made = make(tmp_path, texts)
    built(Project(made.root, made.home, environment=caches()))
    here = Project(made.root, made.home, environment=caches())
    left_out = here.tagship("probe", "--json")
    own = "demo-node-server-npm-linux-x86_64-node22"
    assert report(made)["left_out"] == {own: "Node.js 22 is not installed"}, left_out.said
    runner = {"GITHUB_ACTIONS": "true", "RUNNER_TEMP": str(tmp_path)}
    done = here.tagship("probe", "--probe", own, **runner)
    assert done.code == 0, done.said
    (tool,) = report(made)["probes"][0]["tools"]
    assert tool["description"].startswith("v22.")
