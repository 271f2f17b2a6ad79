"""Completions and man pages: found by the names of programs, called alike in archives, put where systems look."""

import pytest

from tagship.domain.files import extras

KEPT = {
    "completions/demo.bash": "completions/demo.bash",
    "completions/_demo": "completions/_demo",
    "completions/_demo.ps1": "completions/_demo.ps1",
    "contrib/completion/demo.zsh": "completions/_demo",
    "shell-completions/fish/demo.fish": "completions/demo.fish",
    "completions/bash/demo": "completions/demo.bash",
    "crates/demo/complete/demo.nu": "completions/demo.nu",
    "man/demo.1": "man/demo.1",
    "docs/man/man1/demo-serve.1": "man/demo-serve.1",
    "doc/demo.5": "man/demo.5",
}
LEFT = (
    "completions/other.bash",
    "src/completions.rs",
    "src/_demo",
    "demo.fish",
    "lib/libdemo.so.1",
    "other.1",
    "demo.9",
    "examples/man/demo.1",
    "vendor/completions/demo.bash",
    ".cache/man/demo.1",
)


@pytest.mark.parametrize("path", KEPT)
def test_what_belongs_to_a_program_is_found(path: str) -> None:
    """In the usual folders and spellings; documentation is searched for man pages."""
    assert extras.find([path, *LEFT], ["demo"]) == {KEPT[path]: path}


def test_the_nearest_of_two_is_taken() -> None:
    """One completion per shell and program."""
    paths = ["a/completions/demo.bash", "completions/demo.bash", "completions/bash/demo"]
    assert extras.find(paths, ["demo"]) == {"completions/demo.bash": "completions/demo.bash"}


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("completions/demo.bash", "/usr/share/bash-completion/completions/demo"),
        ("completions/_demo", "/usr/share/zsh/site-functions/_demo"),
        ("completions/demo.fish", "/usr/share/fish/vendor_completions.d/demo.fish"),
        ("completions/_demo.ps1", ""),
        ("completions/demo.nu", ""),
        ("man/demo.1", "/usr/share/man/man1/demo.1"),
        ("README.md", ""),
    ],
)
def test_systems_find_them(name: str, place: str) -> None:
    """Bash, zsh, fish and man each have their folder; what Linux has no place for stays out of packages."""
    assert extras.installed(name) == place
