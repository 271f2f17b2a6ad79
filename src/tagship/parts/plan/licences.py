"""The licence of each package: what its manifest says, else what its licence file is, and whether both agree."""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from tagship.domain.manifests.layout import by_folder, file_name, upwards
from tagship.domain.manifests.licence_text import agrees, identify, is_licence_file
from tagship.errors import Problem
from tagship.ports import Found, Reporter, SourceTree

_HINT: Final = 'write an SPDX expression into its manifest, e.g. license = "MIT"'
_HINTS: Final = {
    "go": "put the unchanged text of one licence into a file LICENSE: go.mod has no place to name it (of a GNU licence it stays "
    "unknown: its text does not say whether later versions will do)",
    "npm": 'write an SPDX expression into package.json, e.g. "license": "MIT"',
}


def licensed(found: Sequence[Found], tree: SourceTree, reporter: Reporter) -> tuple[Found, ...]:
    """Give each package its licence, an SPDX expression, and warn of one that is unknown or that its text contradicts."""
    judged = judge(found, tree)
    for _, problem in judged:
        if problem:
            reporter.warning(problem.advice, file=problem.file)
    return tuple(each for each, _ in judged)


def judge(found: Sequence[Found], tree: SourceTree) -> tuple[tuple[Found, Problem | None], ...]:
    """Give each package its licence, and say what is wrong with it."""
    files = by_folder(path for path in tree.paths if is_licence_file(file_name(path)))
    near = [next((files[place] for place in upwards(each.path) if place in files), []) for each in found]
    texts = tree.read(sorted({path for paths in near for path in paths})) if any(near) else {}
    known = {path: identify(text) for path, text in texts.items()}
    return tuple(
        _licensed(each, {path: known[path] for path in paths if path in known})
        for each, paths in zip(found, near, strict=True)
    )


def _licensed(found: Found, near: Mapping[str, str]) -> tuple[Found, Problem | None]:
    identified = [name for name in near.values() if name]
    if found.license is None:
        if len(identified) == 1 and not identified[0].startswith(("GPL", "LGPL", "AGPL")):
            return replace(found, license=identified[0]), None
        message = f"the licence of {found.name} is not known"
        return found, Problem(
            message=message, file=next(iter(near), None), hint=_HINTS.get(found.ecosystem or "", _HINT)
        )
    if len(identified) == len(near) and identified and not agrees(found.license, identified):
        message = f"{found.name} says its licence is {found.license}, the text is {identified[0]}"
        return found, Problem(message=message, file=next(iter(near)), hint="make both agree")
    return found, None
