"""The licence of each package: what its manifest says, else what its licence file is, and whether both agree."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from tagship.domain.layout import file_name
from tagship.domain.licence_text import agrees, identify, is_licence_file
from tagship.ports import Found, Reporter, SourceTree


def licensed(found: Sequence[Found], tree: SourceTree, reporter: Reporter) -> tuple[Found, ...]:
    """Give each package its licence, an SPDX expression, and warn of one that is unknown or that its text contradicts."""
    folders = {
        folder.as_posix() for each in found for folder in (PurePosixPath(each.path), *PurePosixPath(each.path).parents)
    }
    paths = [path for path in tree.paths if is_licence_file(file_name(path)) and _folder(path) in folders]
    texts = {path: identify(text) for path, text in (tree.read(paths) if paths else {}).items()}
    return tuple(_licensed(each, texts, reporter) for each in found)


def _licensed(found: Found, texts: Mapping[str, str], reporter: Reporter) -> Found:
    near = _nearest(found.path, texts)
    identified = [name for name in near.values() if name]
    if found.license is None:
        if len(identified) == 1 and not identified[0].startswith(("GPL", "LGPL", "AGPL")):
            return replace(found, license=identified[0])
        reporter.warning(
            f'the licence of {found.name} is not known\n  → write an SPDX expression into its manifest, e.g. license = "MIT"',
            file=next(iter(near), None),
        )
    elif len(identified) == len(near) and identified and not agrees(found.license, identified):
        file = next(iter(near))
        reporter.warning(
            f"{found.name} says its licence is {found.license}, the text is {identified[0]}\n  → make both agree",
            file=file,
        )
    return found


def _nearest(folder: str, texts: Mapping[str, str]) -> dict[str, str]:
    """Choose the licence files of a package: those in its folder, else in the nearest one above."""
    for place in (PurePosixPath(folder), *PurePosixPath(folder).parents):
        here = {path: name for path, name in sorted(texts.items()) if _folder(path) == place.as_posix()}
        if here:
            return here
    return {}


def _folder(path: str) -> str:
    return PurePosixPath(path).parent.as_posix()
