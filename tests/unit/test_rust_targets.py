"""How cargo is called: for C by zig as a compiler, for C++ by zig as the linker too; with cargo-auditable where it is."""

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tagship.domain.plans.target import Target
from tagship.ecosystems import _rust_build, _rust_targets
from tagship.ecosystems._rust_targets import How
from tagship.errors import ProjectError
from tagship.ports import Finished

FIRST = How(triple="t", otherwise=How(triple="t", cargo=("cargo", "zigbuild")))


class Cargo:
    """A shell in which every build fails with these words."""

    def __init__(self, said: str) -> None:
        self.said, self.seen = said.encode(), list[list[str]]()

    def run(self, argv: Sequence[str], **_: Any) -> Finished:
        self.seen.append([*argv[:3]])
        return Finished(code=101, out=b"", err=self.said)


@pytest.mark.parametrize(
    ("said", "calls"),
    [
        ("rust-lld: error: unable to find library -lc++", [["cargo", "build", "--locked"], ["cargo", "zigbuild", "--locked"]]),
        ("rust-lld: error: unable to find library -lstdc++", [["cargo", "build", "--locked"], ["cargo", "zigbuild", "--locked"]]),
        ("error[E0308]: mismatched types", [["cargo", "build", "--locked"]]),
    ],
)  # fmt: skip
def test_only_what_links_cplusplus_is_built_again(
    said: str, calls: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By cargo-zigbuild, whose C library takes minutes to make; any other failure is final."""
    monkeypatch.setattr(_rust_targets, "choose", lambda *_: FIRST)
    monkeypatch.setattr(_rust_targets, "c_compilers", lambda *_: {})
    package = SimpleNamespace(path=".", name="demo", details={"programs": "demo"})
    job: Any = SimpleNamespace(source=tmp_path, package=package, environment={"PATH": str(tmp_path)}, epoch=0)
    cargo = Cargo(said)
    tools: Any = SimpleNamespace(shell=cargo, reporter=SimpleNamespace(output=print))
    with pytest.raises(ProjectError, match="does not build"):
        _rust_build._compile(job, Target.LINUX_X86_64, tmp_path / "place", tools)
    assert cargo.seen == calls


@pytest.mark.parametrize(
    ("lock", "expected"),
    [
        ('[[package]]\nname = "cc"\nversion = "1.2.0"\n', True),
        ('[[package]]\nname = "cmake"\n', True),
        ('[[package]]\nname = "ccc"\n', False),
        ('[[package]]\nname = "serde"\n', False),
        ("", False),
    ],
)
def test_which_locks_may_compile_c(lock: str, *, expected: bool) -> None:
    """By the crates that build scripts do it with."""
    assert _rust_targets.compiles_c(lock) is expected


def test_cargo_auditable_goes_before_the_command(tmp_path: Path) -> None:
    """Where it is on PATH, and only there."""
    assert _rust_targets.auditable(("cargo", "zigbuild"), {"PATH": str(tmp_path)}) == ("cargo", "zigbuild")
    (tmp_path / "cargo-auditable").touch(mode=0o755)
    assert _rust_targets.auditable(("cargo", "zigbuild"), {"PATH": str(tmp_path)}) == ("cargo", "auditable", "zigbuild")


def test_no_c_library_of_another_architecture_is_linked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is none of the six platforms builds for none of them by its own linker."""
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    tools: Any = SimpleNamespace(shell=Cargo("error: no such target"))
    with pytest.raises(ProjectError, match="this Rust cannot build for linux-aarch64"):
        _rust_targets.choose(Target.LINUX_AARCH64, tmp_path, "", {"PATH": str(tmp_path)}, tools)
