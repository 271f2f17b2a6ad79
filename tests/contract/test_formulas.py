"""Formulas of Python and npm packages, without resolving anything: which wheels are chosen, for what, and what is said then."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import pytest

from tagship.adapters import wheel_lock
from tagship.domain.files import locked_wheels
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.plan import Package, Plan
from tagship.domain.plans.target import Target
from tagship.errors import ProjectError
from tagship.formats import _formula_python
from tagship.formats.homebrew import PLUGIN
from tagship.ports import FormatJob, Tools
from tests.unit import samples

PYPI = "https://files.pythonhosted.org/packages/aa/bb"
DIGEST = "a" * 64
TAGS = {target: locked_wheels.tags("3.14", target) for target in _formula_python.TARGETS}


def lock(*wheels: str, name: str = "cryptography", base: str = PYPI, digest: str = DIGEST) -> str:
    lines = [f'{{ url = "{base}/{wheel}", hashes = {{ sha256 = "{digest}" }} }},' for wheel in wheels]
    return (
        f'lock-version = "1.0"\n[[packages]]\nname = "{name}"\nversion = "1.0"\nwheels = [\n{chr(10).join(lines)}\n]\n'
    )


@pytest.mark.parametrize(
    ("target", "files", "expected"),
    [
        ("macos-aarch64", ["a-1-cp39-abi3-macosx_10_9_universal2.whl", "a-1-cp311-abi3-macosx_11_0_arm64.whl"], 1),
        ("macos-x86_64", ["a-1-cp39-abi3-macosx_10_9_universal2.whl", "a-1-cp311-abi3-macosx_11_0_arm64.whl"], 0),
        ("linux-x86_64", ["a-1-cp314-cp314-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", "a-1-py3-none-any.whl"], 0),
        ("linux-x86_64", ["a-1-cp314-cp314-manylinux_2_39_x86_64.whl", "a-1-py3-none-any.whl"], 1),
        (
            "linux-aarch64",
            ["a-1-cp314-cp314t-manylinux_2_28_aarch64.whl", "a-1-cp313-abi3-manylinux_2_28_aarch64.whl"],
            1,
        ),
        ("linux-x86_64", ["a-1-cp314-cp314-musllinux_1_2_x86_64.whl", "odd.whl", "a-1-py3-none-any.whl"], 2),
    ],
)
def test_the_wheel_that_pip_would_take_is_chosen(target: str, files: list[str], expected: int) -> None:
    """By its tags: the platform's before any, none that wants a newer C library, no other ABI."""
    assert locked_wheels.best(files, TAGS[target]) == files[expected]


def test_a_lock_gives_each_project_but_our_own() -> None:
    """By its normalised name, with address and digest."""
    text = (
        lock("Py_Yaml-1-py3-none-any.whl", name="Py_Yaml")
        + lock("own-1-py3-none-any.whl", name="o.wn").partition("\n")[2]
    )
    (wheel,) = locked_wheels.chosen(text, "O_wn", TAGS["linux-x86_64"])
    assert wheel == ("py-yaml", f"{PYPI}/Py_Yaml-1-py3-none-any.whl", DIGEST)


@pytest.mark.parametrize(
    "text",
    [
        lock("a-1-cp313-cp313-win_amd64.whl"),
        lock(),
        lock("a-1-py3-none-any.whl", digest=""),
        lock("a-1-py3-none-any.whl", base="http://index.example"),
        lock("a-1-py3-none-any.whl", base="https://user:secret@index.example"),
        lock("a-1-py3-none-any.whl", base="file:///home/somebody"),
    ],
)
def test_what_cannot_be_named_for_everybody_is_refused(text: str) -> None:
    """No fitting wheel, no digest, an address that is no one's business or nobody else's; never a secret in the message."""
    with pytest.raises(ProjectError) as caught:
        locked_wheels.chosen(text, "own", TAGS["linux-x86_64"])
    assert "cryptography 1.0" in str(caught.value)
    assert "secret" not in str(caught.value)


def job(folder: Path, *wheels: str, **changed: object) -> FormatJob:
    """Plan one Python package with a command and these wheels."""
    plan: Plan = samples.plan("1.2.0", ("alpha",))
    package = msgspec.structs.replace(plan.packages[0], **{"entry": "alpha", "server": None, **changed})
    leg = plan.legs[0].id
    made = [
        Artifact(name=name, kind="wheel", package=package.id, target=Target.ANY, media_type="application/zip", leg=leg)
        for name in wheels
    ]
    files = {name: folder / name for name in wheels}
    for path in files.values():
        path.write_bytes(b"")
    digests = dict.fromkeys(files, DIGEST)
    return FormatJob(
        plan=msgspec.structs.replace(plan, packages=(package,), artifacts=tuple(made)), files=files, digests=digests
    )


def answering(monkeypatch: pytest.MonkeyPatch, locks: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Have the resolver answer, by Python and target, with a lock; of everything else it says that there is nothing."""
    asked: list[str] = []

    def resolve(
        requirement: str, python: str, platforms: Sequence[str], tools: Tools
    ) -> tuple[Mapping[str, str], Mapping[str, str]]:
        asked.append(f"{python} {requirement}")
        names = {platform: target for target, platform in _formula_python.TARGETS.items()}
        known = {each: text for each in platforms if (text := locks.get(python, {}).get(names[each]))}
        return known, {each: "No solution found" for each in platforms if each not in known}

    monkeypatch.setattr(wheel_lock, "resolve", resolve)
    monkeypatch.setattr(_formula_python, "summary", lambda _job, _package: "A thing")
    return asked


PURE = "alpha-1.2.0-py3-none-any.whl"
ANY = lock("a-1-py3-none-any.whl")


def test_the_newest_python_that_serves_all_is_taken(
    tmp_path: Path, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Python without wheels for one platform stands behind an older one with them; extras are asked for."""
    locks = {"3.14": dict.fromkeys(["linux-x86_64"], ANY), "3.13": dict.fromkeys(_formula_python.TARGETS, ANY)}
    asked = answering(monkeypatch, locks)
    runtimes = {"python": ("3.12", "3.13", "3.14")}
    wanted = job(tmp_path, PURE, runtimes=runtimes, details={"extras": "all,more"})
    text = PLUGIN.make(wanted, tools)["alpha.rb"].decode()
    assert 'depends_on "python@3.13"' in text
    assert [each.partition(" @ ")[0] for each in asked] == ["3.14 alpha[all,more]", "3.13 alpha[all,more]"]
    assert "on_macos" not in text
    assert 'system bin/"alpha", "--help"' in text


def test_platforms_without_wheels_are_said_to_be_left_out(
    tmp_path: Path, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the formula, so that brew says it, and as a warning."""
    answering(monkeypatch, {"3.14": dict.fromkeys(["linux-x86_64", "linux-aarch64", "macos-aarch64"], ANY)})
    text = PLUGIN.make(job(tmp_path, PURE), tools)["alpha.rb"].decode()
    assert "  on_macos do\n    depends_on arch: :arm64\n  end\n" in text
    answering(monkeypatch, {"3.14": dict.fromkeys(["linux-x86_64", "linux-aarch64"], ANY)})
    text = PLUGIN.make(job(tmp_path, PURE), tools)["alpha.rb"].decode()
    assert "  depends_on :linux\n" in text
    assert "on_linux" not in text


def test_without_any_wheels_it_is_told_why(tmp_path: Path, tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    """In uv's words, and what to do."""
    answering(monkeypatch, {})
    with pytest.raises(ProjectError) as caught:
        PLUGIN.make(job(tmp_path, PURE), tools)
    assert "alpha cannot be a formula:\nNo solution found" in str(caught.value)


def test_compiled_wheels_are_named_for_their_platforms(
    tmp_path: Path, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each in its block; none for a platform without one."""
    answering(monkeypatch, {"3.14": dict.fromkeys(_formula_python.TARGETS, ANY)})
    wheels = [f"alpha-1.2.0-cp311-abi3-{tag}.whl" for tag in ("macosx_11_0_arm64", "manylinux_2_28_x86_64")]
    text = PLUGIN.make(job(tmp_path, *wheels), tools)["alpha.rb"].decode()
    mac = text.partition("  on_macos do\n")[2].partition("\n  end\n")[0]
    assert mac.startswith("    depends_on arch: :arm64\n\n    on_arm do\n      url ")
    assert wheels[0] in mac
    assert wheels[1] in text.partition("  on_linux do\n")[2].partition("\n  end\n")[0]


def package(name: str, ecosystem: str, **changed: object) -> Package:
    plan: Plan = samples.plan("1.2.0", (name.rpartition("/")[2],))
    return msgspec.structs.replace(plan.packages[0], name=name, ecosystem=ecosystem, **{"entry": "x", **changed})


def test_only_what_has_commands_has_a_formula_and_one_name_has_one() -> None:
    """Programs come first, then Python, then npm; libraries and packages around programs have none."""
    program = package("alpha", "go", targets=(Target.LINUX_X86_64,))
    packages = [
        package("@octo/alpha", "npm"), package("alpha", "python"), program, package("beta", "python"),
        package("beta", "npm"), package("@octo/gamma", "npm"), package("delta", "python", entry=None),
        package("around", "python", wraps="alpha"), package("image", "container"),
    ]  # fmt: skip
    owed = PLUGIN.artifacts("alpha", "1.2.0", packages)
    assert [each.name for each in owed] == ["alpha.rb", "beta.rb", "gamma.rb"]
    assert [each.package for each in owed] == [program.id, "beta", "gamma"]
