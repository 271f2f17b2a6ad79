"""Completions and man pages that a project keeps for its programs, and where systems look for them.

Places: bash-completion, zsh (``_name`` in ``fpath``), fish (``vendor_completions.d``), man-pages(7); names in archives are those
that archives of programs usually have.
"""

import re
from collections.abc import Collection, Iterable
from pathlib import PurePosixPath
from typing import Final

from tagship.domain.manifests.layout import reason_to_skip

_FOLDERS: Final = frozenset({"autocomplete", "complete", "completion", "completions", "shell-completions"})
_ENDINGS: Final = {
    "bash": "{0}.bash", "zsh": "_{0}", "fish": "{0}.fish", "powershell": "_{0}.ps1", "elvish": "{0}.elv", "nushell": "{0}.nu",
}  # fmt: skip
"""What a completion is called, by its shell."""
_OTHERS: Final = {"bash": ("{0}.bash-completion",), "zsh": ("{0}.zsh", "_{0}.zsh"), "powershell": ("{0}.ps1",)}
_MAN: Final = re.compile(r"(?P<program>.+)\.(?P<section>[1-8])")
_INSTALLED: Final = {
    "bash": "/usr/share/bash-completion/completions/{0}",
    "zsh": "/usr/share/zsh/site-functions/_{0}",
    "fish": "/usr/share/fish/vendor_completions.d/{0}.fish",
}


def find(paths: Iterable[str], programs: Collection[str]) -> dict[str, str]:
    """Choose the files that belong to these programs: name in an archive → path in the project."""
    found: dict[str, str] = {}
    for path in sorted(paths, key=lambda path: (path.count("/"), path)):
        name = _name(PurePosixPath(path), programs)
        if name and name not in found and not reason_to_skip(_outside_docs(path)):
            found[name] = path
    return dict(sorted(found.items()))


def installed(name: str) -> str:
    """Return where Linux looks for a file of an archive, by its name there; empty for what it does not look for."""
    path = PurePosixPath(name)
    manual = _MAN.fullmatch(path.name)
    if path.parent.name == "man" and manual:
        return f"/usr/share/man/man{manual['section']}/{path.name}"
    if path.parent.name == "completions":
        for shell, usual in sorted(_ENDINGS.items(), key=lambda each: -len(each[1])):
            start, end = usual.split("{0}")
            if path.name.startswith(start) and path.name.endswith(end):
                return _INSTALLED.get(shell, "").format(path.name.removeprefix(start).removesuffix(end))
    return ""


def _outside_docs(path: str) -> str:
    """Leave out folders of documentation, where man pages live in many projects."""
    parts = PurePosixPath(path).parts
    return "/".join([*(part for part in parts[:-1] if part not in {"doc", "docs"}), parts[-1]])


def _name(path: PurePosixPath, programs: Collection[str]) -> str:
    manual = _MAN.fullmatch(path.name)
    if manual:
        owner = manual["program"]
        ours = any(owner == program or owner.startswith(f"{program}-") for program in programs)
        return f"man/{path.name}" if ours else ""
    if not _FOLDERS & set(path.parts[:-1]):
        return ""
    for program in programs:
        for shell, usual in _ENDINGS.items():
            if path.name in {form.format(program) for form in (usual, *_OTHERS.get(shell, ()))}:
                return f"completions/{usual.format(program)}"
        if path.name == program and path.parent.name in _ENDINGS:
            return f"completions/{_ENDINGS[path.parent.name].format(program)}"
    return ""
