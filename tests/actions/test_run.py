"""``actions/run.py``: it starts our command and nothing else, whatever the project, the runner and the moment are like."""

import ast
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.actions.rig import REPOSITORY, RUN, UV, Rig, pythons, script, wheel

DEAD = "http://127.0.0.1:9/simple"
UNREACHABLE: dict[str, Any] = {
    "UV_OFFLINE": None,
    "UV_FIND_LINKS": None,
    "UV_DEFAULT_INDEX": DEAD,
    "UV_HTTP_RETRIES": "0",
    "PIP_NO_INDEX": None,
    "PIP_FIND_LINKS": None,
    "PIP_INDEX_URL": DEAD,
    "PIP_RETRIES": "0",
}

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the rig's fake programs are shell scripts")


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    """Build a fake repository with everything it needs."""
    assert UV, "uv is part of the development environment"
    return Rig.build(tmp_path)


# Passing through


def test_the_command_gets_its_arguments_and_inputs(rig: Rig) -> None:
    """Spaces, newlines, quotes, percent signs and letters of any script arrive as they were."""
    arguments = ["hello", "a b", "c\nd", "%0A::error::x", "'\"$(id)`", "ünï-語", "", "--flag=1"]
    told = rig.start(*arguments, TAGSHIP_INPUT="x\ny ☃").told
    assert told["arguments"] == arguments
    assert told["input"] == "x\ny ☃"
    assert told["cwd"] == str(rig.workspace)
    assert (told["isolated"], told["utf8"]) == (1, 1)


@pytest.mark.parametrize("code", [0, 1, 5, 70])
def test_the_exit_code_is_the_commands(rig: Rig, code: int) -> None:
    """A job sees the command's own exit code."""
    assert rig.start("hello", EXIT=str(code)).code == code


def test_equal_locks_share_one_environment(rig: Rig) -> None:
    """Four actions in a job pay once when they need the same; a new lock is a new environment."""
    first, second = rig.start("hello").told, rig.start("same").told
    assert first["prefix"] == second["prefix"]
    (rig.requirements / "same.txt").write_text("# new\n" + (rig.requirements / "hello.txt").read_text(encoding="utf-8"))
    assert rig.start("same").told["prefix"] != first["prefix"]
    assert len(rig.folders()) == 2


def test_a_warm_start_needs_no_installer_and_no_index(rig: Rig) -> None:
    """Offline, with everything present, a start works; it runs neither uv nor pip."""
    rig.start("hello").told  # noqa: B018
    rig.without_uv()
    script(rig.bin / "uv", f": > {rig.root}/was-run\nexit 1\n")
    assert rig.start("hello", **UNREACHABLE).told["yaml"] == "ours"
    assert not (rig.root / "was-run").exists()


# Isolation


def _package(name: str) -> Callable[[Rig], dict[str, str]]:
    def plant(rig: Rig) -> dict[str, str]:
        package = rig.workspace / name
        package.mkdir()
        (package / "__init__.py").write_text("WHO = 'project'\nprint('HIJACKED')\n", encoding="utf-8")
        (package / "cli.py").write_text("def main(): return 0\n", encoding="utf-8")
        return {}

    return plant


def _module(name: str) -> Callable[[Rig], dict[str, str]]:
    def plant(rig: Rig) -> dict[str, str]:
        (rig.workspace / name).write_text("WHO = 'project'\nprint('HIJACKED')\n", encoding="utf-8")
        return {}

    return plant


def _python_path(rig: Rig) -> dict[str, str]:
    folder = rig.workspace / "lib"
    (folder / "yaml").mkdir(parents=True)
    (folder / "yaml" / "__init__.py").write_text("WHO = 'project'\nprint('HIJACKED')\n", encoding="utf-8")
    (folder / "sitecustomize.py").write_text("print('HIJACKED')\n", encoding="utf-8")
    return {"PYTHONPATH": str(folder)}


def _customize(name: str) -> Callable[[Rig], dict[str, str]]:
    def plant(rig: Rig) -> dict[str, str]:
        _module(name)(rig)
        return {"PYTHONPATH": "."}

    return plant


def _startup(rig: Rig) -> dict[str, str]:
    _module("evil.py")(rig)
    return {"PYTHONPATH": ".", "PYTHONWARNINGS": "ignore::evil.Warning", "PYTHONBREAKPOINT": "evil.WHO"}


def _user_site(rig: Rig) -> dict[str, str]:
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    site = rig.root / "user" / "lib" / version / "site-packages"
    site.mkdir(parents=True)
    (site / "usercustomize.py").write_text("print('HIJACKED')\n", encoding="utf-8")
    return {"PYTHONUSERBASE": str(rig.root / "user")}


@pytest.mark.parametrize(
    "plant",
    [
        pytest.param(_package("tagship"), id="folder-tagship"),
        pytest.param(_package("yaml"), id="folder-yaml"),
        pytest.param(_module("yaml.py"), id="yaml.py"),
        pytest.param(_module("hashlib.py"), id="a-module-that-run.py-imports"),
        pytest.param(_customize("sitecustomize.py"), id="sitecustomize"),
        pytest.param(_customize("usercustomize.py"), id="usercustomize"),
        pytest.param(_user_site, id="user-site"),
        pytest.param(_python_path, id="PYTHONPATH"),
        pytest.param(_startup, id="PYTHONWARNINGS"),
    ],
)
@pytest.mark.parametrize("cold", [True, False], ids=["cold", "warm"])
def test_the_project_cannot_take_the_command_over(
    rig: Rig, plant: Callable[[Rig], dict[str, str]], *, cold: bool
) -> None:
    """What hijacks ``python -m`` in the project's folder has no effect on us, making the environment included."""
    if not cold:
        rig.start("hello").told  # noqa: B018
    env = plant(rig)
    assert "HIJACKED" in _naive(rig, env)
    outcome = rig.start("hello", **env)
    assert (outcome.told["tagship"], outcome.told["yaml"]) == ("ours", "ours")
    assert "HIJACKED" not in outcome.out + outcome.err
    assert not [path for path in outcome.told["path"] if str(rig.workspace) in path or path == ""]


def _naive(rig: Rig, env: dict[str, str]) -> str:
    """Start the same program as most actions do: our packages by PYTHONPATH, the project as working directory."""
    packages = rig.root / "naive"
    shutil.copytree(rig.sources, packages / "tagship")
    (packages / "yaml.py").write_text("WHO = 'ours'\n", encoding="utf-8")
    (packages / "tagship" / "__main__.py").write_text(
        "import hashlib, tagship.cli\ntagship.cli.main()\n", encoding="utf-8"
    )
    paths = os.pathsep.join(filter(None, [env.get("PYTHONPATH"), str(packages)]))
    done = subprocess.run(
        [sys._base_executable, "-m", "tagship"],  # type: ignore[attr-defined]
        cwd=rig.workspace,
        env={"PATH": os.environ["PATH"], **env, "PYTHONPATH": paths},
        check=False,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    return done.stdout + done.stderr


def test_installer_settings_of_the_project_do_not_apply(rig: Rig) -> None:
    """Neither its uv.toml and pyproject.toml nor variables that would redirect an installation are heeded."""
    (rig.workspace / "uv.toml").write_text('not = "valid"\n[[[\n', encoding="utf-8")
    (rig.workspace / "pyproject.toml").write_text("[tool.uv]\nrequired-version = '==0.0.1'\n", encoding="utf-8")
    env = {"UV_CONFIG_FILE": str(rig.workspace / "uv.toml"), "UV_CONSTRAINT": "gone.txt", "UV_NO_BINARY": "1"}
    env |= {"PIP_TARGET": str(rig.workspace), "PIP_REQUIRE_VIRTUALENV": "1", "PIP_NO_BINARY": ":all:"}
    env |= {"UV_EXCLUDE_NEWER": "2001-01-01", "UV_PROJECT": "gone", "VIRTUAL_ENV": "gone", "UV_PYTHON": "2.7"}
    assert rig.start("hello", **env).told["yaml"] == "ours"
    rig.without_uv()
    assert rig.start("hello", **env, RUNNER_TOOL_CACHE=str(rig.root / "other")).told["yaml"] == "ours"
    assert sorted(path.name for path in rig.workspace.iterdir()) == ["pyproject.toml", "uv.toml"]


def test_installers_do_not_get_the_inputs(rig: Rig) -> None:
    """A token among the inputs is for the command alone."""
    rig.without_uv()
    script(rig.bin / "uv", f'/usr/bin/env > {rig.root}/seen\nexec "{UV}" "$@"\n')
    assert rig.start("hello", TAGSHIP_INPUT="secret").told["input"] == "secret"
    assert "secret" not in (rig.root / "seen").read_text(encoding="utf-8")


def test_programs_of_the_project_are_not_taken_from_a_relative_path(rig: Rig) -> None:
    """A relative or empty entry of PATH means the checkout: its ``uv`` is not run."""
    rig.without_uv()
    script(rig.workspace / "uv", f": > {rig.root}/was-run\nexit 1\n")
    assert rig.start("hello", PATH=f".{os.pathsep}{os.pathsep}{rig.bin}").told["yaml"] == "ours"
    assert not (rig.root / "was-run").exists()


# Ways to install


def test_without_uv_the_locked_uv_is_fetched_and_kept(rig: Rig) -> None:
    """Pip fetches uv once; a second lock finds it in the cache."""
    rig.without_uv()
    assert rig.start("hello").told["yaml"] == "ours"
    kept = [folder for folder in rig.folders() if (folder / "bin" / "uv").exists()]
    assert len(kept) == 1
    assert not list(rig.store.glob("*/lib/python*/site-packages/pip"))
    (rig.wheels / "uv-1.0-py3-none-any.whl").unlink()
    (rig.requirements / "same.txt").write_text("# new\n" + (rig.requirements / "hello.txt").read_text(encoding="utf-8"))
    assert rig.start("same").told["yaml"] == "ours"
    assert len(rig.folders()) == 3


def test_a_uv_that_fails_is_passed_over(rig: Rig) -> None:
    """Too old, a shim without a program behind it: the next way is taken."""
    rig.without_uv()
    script(rig.bin / "uv", "echo 'error: unexpected argument' >&2\nexit 2\n")
    assert rig.start("hello").told["yaml"] == "ours"


def test_plain_pip_is_the_last_resort(rig: Rig) -> None:
    """Where no uv can be had, a virtual environment with pip does it; its folder holds pip."""
    rig.without_uv()
    (rig.wheels / "uv-1.0-py3-none-any.whl").unlink()
    assert rig.start("hello").told["yaml"] == "ours"
    assert (rig.site() / "pip").is_dir()
    assert len(rig.folders()) == 1


@pytest.mark.parametrize("uv", [True, False], ids=["uv", "pip"])
def test_wrong_bytes_are_refused_and_nothing_is_left(rig: Rig, *, uv: bool) -> None:
    """A wheel that is not what the lock says ends the start with the integrity exit code, and nothing is kept of it."""
    if not uv:
        rig.without_uv()
        script(rig.bin / "uv", "exit 2\n")
        (rig.wheels / "uv-1.0-py3-none-any.whl").unlink()
    wheel(rig.wheels, "yaml", {"yaml/__init__.py": "WHO = 'attacker'\n"})
    outcome = rig.start("hello")
    assert (outcome.code, outcome.err) == (6, "")
    assert outcome.out.startswith("::error::a package is not what the lock says; nothing was installed.%0A")
    assert outcome.out.count("\n") == 1
    assert list(rig.store.iterdir()) == []


@pytest.mark.parametrize("uv", [True, False], ids=["uv", "pip"])
def test_an_index_out_of_reach_is_one_error(rig: Rig, *, uv: bool) -> None:
    """After the installers' own retries: one escaped annotation, exit code 5, nothing kept."""
    if not uv:
        rig.without_uv()
    outcome = rig.start("hello", **UNREACHABLE)
    assert (outcome.code, outcome.err) == (5, "")
    assert outcome.out.startswith("::error::the locked packages of hello could not be installed.%0Aby uv: ")
    assert "PIP_INDEX_URL" in outcome.out
    assert outcome.out.count("\n") == 1
    assert list(rig.store.iterdir()) == []


# Concurrency, kills, damage


def test_six_starters_at_one_time_agree_on_one_environment(rig: Rig) -> None:
    """Each of them succeeds, and what the losers made is gone."""
    starts = [
        subprocess.Popen(
            rig.argv("hello", str(number)), cwd=rig.workspace, env=rig.env, stdout=subprocess.PIPE, encoding="utf-8"
        )
        for number in range(6)
    ]
    outputs = [start.communicate(timeout=120)[0] for start in starts]
    assert [start.returncode for start in starts] == [0] * 6
    assert all(f'["hello", "{number}"]' in output for number, output in enumerate(outputs))
    assert rig.published() in rig.folders()
    assert rig.start("hello").told["prefix"] == str(rig.published())


def _no_interpreter(rig: Rig) -> None:
    (rig.published() / "bin" / "python").unlink()


def _dangling_interpreter(rig: Rig) -> None:
    (rig.published() / "bin" / "python").unlink()
    (rig.published() / "bin" / "python").symlink_to(rig.root / "gone")


def _no_package(rig: Rig) -> None:
    shutil.rmtree(rig.site() / "yaml")


def _no_folder(rig: Rig) -> None:
    shutil.rmtree(rig.published())


def _only_folder(rig: Rig) -> None:
    next(path for path in rig.store.iterdir() if path.is_file()).unlink()
    (site,) = rig.folders()[0].glob("lib/python*/site-packages")
    shutil.rmtree(site / "yaml")


def _half_a_marker(rig: Rig) -> None:
    marker = next(path for path in rig.store.iterdir() if path.is_file())
    marker.write_bytes(marker.read_bytes()[:-30])
    (rig.published() / "bin" / "python").unlink()


def _empty_marker(rig: Rig) -> None:
    next(path for path in rig.store.iterdir() if path.is_file()).write_bytes(b"")


def _garbage_marker(rig: Rig) -> None:
    next(path for path in rig.store.iterdir() if path.is_file()).write_bytes(bytes(range(256)))


DAMAGES = [
    _no_interpreter,
    _dangling_interpreter,
    _no_package,
    _no_folder,
    _only_folder,
    _half_a_marker,
    _empty_marker,
    _garbage_marker,
]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__.strip("_"))
def test_a_damaged_environment_is_replaced(rig: Rig, damage: Callable[[Rig], None]) -> None:
    """Starters at one time included; the start after that is warm."""
    before = rig.start("hello").told["prefix"]
    damage(rig)
    starts = [
        subprocess.Popen(rig.argv("hello"), cwd=rig.workspace, env=rig.env, stdout=subprocess.PIPE) for _ in range(2)
    ]
    outputs = [start.communicate(timeout=120)[0] for start in starts]
    assert [start.returncode for start in starts] == [0, 0], outputs
    after = rig.start("hello", **UNREACHABLE).told["prefix"]
    assert after != before
    assert after == str(rig.published())


def test_a_running_command_keeps_its_environment_while_it_is_repaired(rig: Rig) -> None:
    """A repair makes a new folder: files that a running command may still open stay."""
    before = Path(rig.start("hello").told["prefix"])
    (rig.site() / "yaml" / "__init__.py").rename(rig.site() / "kept.py")
    shutil.rmtree(rig.site() / "yaml")
    assert rig.start("hello").told["prefix"] != str(before)
    assert list(before.glob("lib/python*/site-packages/kept.py"))


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_start_killed_while_installing_is_made_good_by_the_next(rig: Rig, how: signal.Signals) -> None:
    """Half of an environment is never used, and nothing waits for a starter that is dead."""
    rig.without_uv()
    script(rig.bin / "uv", f'"{UV}" "$@"\n: > {rig.root}/reached\nexec /bin/sleep 30\n')
    start = subprocess.Popen(
        rig.argv("hello"), cwd=rig.workspace, env=rig.env, start_new_session=True, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 30
    while not (rig.root / "reached").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert [path for path in rig.store.iterdir() if path.is_file()] == []
    os.killpg(start.pid, how)
    assert start.wait(timeout=30) != 0
    rig.without_uv()
    (rig.bin / "uv").symlink_to(UV)
    assert rig.start("hello").told["prefix"] == str(rig.published())


def test_what_killed_starters_left_is_swept_after_a_day(rig: Rig) -> None:
    """The next cold start removes it, but neither what is fresh nor what is published, however old."""
    rig.start("hello").told  # noqa: B018
    kept = rig.published()
    old, fresh = (rig.store / f"{kept.name.split('-')[0]}-{name}" for name in ("old", "fresh"))
    for folder in (old, fresh):
        (folder / "bin").mkdir(parents=True)
    for folder in (old, kept):
        os.utime(folder, (1, 1))
    (rig.requirements / "same.txt").write_text("# new\n" + (rig.requirements / "hello.txt").read_text(encoding="utf-8"))
    rig.start("same").told  # noqa: B018
    assert [folder.exists() for folder in (old, fresh, kept)] == [False, True, True]


# Places


def test_without_a_tool_cache_the_users_cache_is_used(rig: Rig) -> None:
    """On a laptop: XDG_CACHE_HOME, else ~/.cache; a relative value would be the project's and does not count."""
    prefix = rig.start("hello", RUNNER_TOOL_CACHE=None, XDG_CACHE_HOME=str(rig.root / "xdg")).told["prefix"]
    assert Path(prefix).is_relative_to(rig.root / "xdg" / "tagship")
    prefix = rig.start("hello", RUNNER_TOOL_CACHE=None).told["prefix"]
    assert Path(prefix).is_relative_to(rig.root / "home" / ".cache" / "tagship")
    temporary = str(rig.root / "temporary")
    prefix = rig.start("hello", RUNNER_TOOL_CACHE="tools", RUNNER_TEMP=temporary).told["prefix"]
    assert Path(prefix).is_relative_to(rig.root / "temporary" / "tagship")
    assert list(rig.workspace.iterdir()) == []


def test_a_tool_cache_that_cannot_be_written_to_is_said_and_worked_round(rig: Rig) -> None:
    """The runner's temporary folder takes its place, with a notice; with neither, a folder of our own does."""
    shutil.rmtree(rig.tools)
    rig.tools.write_text("a file\n", encoding="utf-8")
    outcome = rig.start("hello", RUNNER_TEMP=str(rig.root / "temporary"))
    assert Path(outcome.told["prefix"]).is_relative_to(rig.root / "temporary" / "tagship")
    assert outcome.out.startswith(f"::notice::tagship cannot keep its packages in {rig.store} (")
    (rig.root / "tmp").mkdir()
    outcome = rig.start("hello", TMPDIR=str(rig.root / "tmp"))
    assert Path(outcome.told["prefix"]).is_relative_to(rig.root / "tmp")


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 0)() == 0, reason="root may write everywhere")
def test_a_tool_cache_baked_into_an_image_need_not_be_writable(rig: Rig) -> None:
    """What is there is used."""
    before = rig.start("hello").told["prefix"]
    rig.store.chmod(0o555)
    assert rig.start("hello").told["prefix"] == before


# Interpreters


def _old() -> str:
    old = [path for version, path in sorted(pythons().items()) if version < (3, 11)]
    if not old:
        pytest.skip("no interpreter older than 3.11 on this machine")
    return old[0]


def test_the_file_is_one_that_old_interpreters_can_read() -> None:
    """Python 3.6 or 3.7 may be what the runner calls python3; assignment expressions and the like would stop them."""
    ast.parse(RUN.read_text(encoding="utf-8"), feature_version=(3, 6))


def test_every_old_interpreter_finds_a_newer_one(rig: Rig) -> None:
    """Started under each of them, the command runs under the one on PATH."""
    _old()
    (rig.bin / "python3.11").symlink_to(sys._base_executable)  # type: ignore[attr-defined]
    for version, python in pythons().items():
        if (3, 6) <= version < (3, 11):
            assert tuple(rig.start("hello", "a b", python=python).told["version"]) >= (3, 11)


def test_interpreters_that_only_look_new_are_passed_over(rig: Rig) -> None:
    """A shim that fails, a store stub that prints something else, another implementation, a hanging name: none is taken."""
    old = _old()
    script(rig.bin / "python3.15", "echo 'command not found' >&2\nexit 127\n")
    script(rig.bin / "python3.14", "echo 'Get Python from the Store'\nexit 0\n")
    script(rig.bin / "python3.13", "echo version pypy 3 13 0\n")
    (rig.bin / "python3.12").write_text("no program\n", encoding="utf-8")
    script(rig.bin / "python3", f'exec "{old}" "$@"\n')
    (rig.bin / "python").symlink_to(sys._base_executable)  # type: ignore[attr-defined]
    assert rig.start("hello", python=old).told["yaml"] == "ours"


def test_the_tool_cache_is_searched_newest_first(rig: Rig) -> None:
    """What setup-python installed in an earlier job is found: 3.12 before 3.9 and before a broken 3.13."""
    old, log = _old(), rig.root / "log"
    real = sys._base_executable  # type: ignore[attr-defined]
    for version, body in {
        "3.9.1": f'exec "{real}" "$@"',
        "3.12.10": f'exec "{real}" "$@"',
        "3.12.9": "exit 9",
        "3.13.1": "exit 1",
    }.items():
        script(rig.tools / "Python" / version / "x64" / "bin" / "python3", f"echo {version} >> {log}\n{body}\n")
    assert rig.start("hello", python=old).told["yaml"] == "ours"
    assert log.read_text(encoding="utf-8").split() == ["3.13.1", "3.12.10", "3.12.10"]


def test_no_interpreter_is_a_clear_error(rig: Rig) -> None:
    """It says what was found and what to do."""
    old = _old()
    script(rig.bin / "python3.12", "exit 127\n")
    outcome = rig.start("hello", python=old)
    assert outcome.code == 2
    assert outcome.out.startswith("::error::tagship needs CPython 3.11 or newer and found none.%0AFound: cpython ")
    assert f"not working ({rig.bin / 'python3.12'})" in outcome.out
    assert "actions/setup-python" in outcome.out
    assert outcome.out.count("\n") == 1


def test_a_virtual_environment_of_the_project_is_not_built_upon(rig: Rig) -> None:
    """Started by the python of an activated environment, ours links to the base, which will still be there tomorrow."""
    project = rig.workspace / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(project)], check=True)
    assert rig.start("hello", python=str(project / "bin" / "python")).told["yaml"] == "ours"
    shutil.rmtree(project)
    assert rig.start("hello", **UNREACHABLE).told["yaml"] == "ours"


# Usage


@pytest.mark.parametrize("command", [[], [""], ["uv"], ["../hello"], ["HELLO"], ["nothing\n::error::x%"]])
def test_an_unknown_command_lists_the_known_ones(rig: Rig, command: list[str]) -> None:
    """On one line, whatever it was called."""
    outcome = rig.start(*command)
    assert (outcome.code, outcome.err) == (2, "")
    assert outcome.out.startswith("::error::unknown command ")
    assert outcome.out.endswith("; there are: hello, same\n")
    assert outcome.out.count("\n") == 1


# Starting costs


def test_a_warm_start_imports_next_to_nothing(rig: Rig) -> None:
    """Neither subprocess nor tempfile nor shutil: only an installation needs them."""
    rig.start("hello").told  # noqa: B018
    spy = "import runpy, sys; sys.argv = sys.argv[1:]; sys.addaudithook(lambda event, arguments: "
    spy += "event == 'os.exec' and print(*sys.modules)); runpy.run_path(sys.argv[0], run_name='__main__')"
    base = sys._base_executable  # type: ignore[attr-defined]
    argv = [base, "-I", "-S", "-c", spy, str(rig.actions / "run.py"), "hello"]
    done = subprocess.run(argv, env=rig.env, check=True, capture_output=True, encoding="utf-8", cwd=rig.workspace)
    assert {"subprocess", "shutil", "tempfile", "pathlib", "time"} & set(done.stdout.splitlines()[0].split()) == set()


# The locked sets


def _lock(*arguments: str, root: Path = REPOSITORY) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, str(root / "scripts" / "lock.py"), *arguments]
    env = {**os.environ, "UV": UV, "UV_OFFLINE": "1"}
    return subprocess.run(argv, env=env, check=False, capture_output=True, encoding="utf-8", timeout=60)


def test_the_locked_sets_are_what_uv_lock_says() -> None:
    """Whoever changes a dependency runs the script again."""
    outcome = _lock("--check")
    assert (outcome.returncode, outcome.stderr) == (0, "")


def test_a_stale_set_is_told_and_mended(tmp_path: Path) -> None:
    """``--check`` names the changed, the missing and the surplus file; without it they are put right."""
    for name in ("scripts", "requirements", "src"):
        shutil.copytree(REPOSITORY / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("uv.lock", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(REPOSITORY / name, tmp_path)
    before = {path.name: path.read_bytes() for path in (tmp_path / "requirements").iterdir()}
    (tmp_path / "requirements" / "build.txt").write_text("click==1.0\n", encoding="utf-8")
    (tmp_path / "requirements" / "verify.txt").unlink()
    (tmp_path / "requirements" / "surplus.txt").write_text("", encoding="utf-8")
    outcome = _lock("--check", root=tmp_path)
    assert outcome.returncode == 1
    assert outcome.stderr.startswith("out of date: build.txt, surplus.txt, verify.txt;")
    assert _lock(root=tmp_path).returncode == 0
    assert {path.name: path.read_bytes() for path in (tmp_path / "requirements").iterdir()} == before


def test_every_requirement_is_pinned_and_hashed_and_names_no_index() -> None:
    """Each line says which bytes; none says from where."""
    carried = (REPOSITORY / "src" / "tagship" / "locks").glob("*.txt")
    for path in [*(REPOSITORY / "requirements").glob("*.txt"), *carried]:
        text = path.read_text(encoding="utf-8")
        assert "://" not in text
        assert "--index" not in text
        header, *lines = text.splitlines()
        assert header.startswith("# Generated from uv.lock")
        for number, line in enumerate(lines):
            is_hash = line.startswith("    --hash=sha256:")
            assert is_hash or ("==" in line and lines[number + 1].startswith("    --hash=sha256:")), line


def test_a_set_holds_nothing_that_its_step_does_not_want() -> None:
    """Of actions-toolkit only the light modules are used; what it would drag in stays out where nothing else wants it."""
    core = (REPOSITORY / "requirements" / "probe.txt").read_text(encoding="utf-8").lower()
    names = {line.split("==")[0] for line in core.splitlines() if "==" in line}
    assert "actions-toolkit" in names
    assert not names & {"pygithub", "cryptography", "pynacl"}


@pytest.mark.network
def test_the_real_core_set_installs_and_starts(tmp_path: Path) -> None:
    """The real file, the real set, from the real index."""
    env = {**os.environ, "RUNNER_TOOL_CACHE": str(tmp_path)}
    argv = [sys.executable, "-I", "-X", "utf8", str(RUN), "version-bump", "--help"]
    done = subprocess.run(argv, env=env, check=False, capture_output=True, encoding="utf-8", timeout=120, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "version-bump" in done.stdout
