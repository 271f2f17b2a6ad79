"""Which of a project's Dockerfiles is the product's, and which folder it is built in."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Final

from tagship.domain.files.containerfile import MCP_NAME
from tagship.domain.manifests.dockerfile import NAMES, copied, is_dockerfile, is_of_product
from tagship.domain.manifests.layout import below, folder_of, has, join, reason_to_skip
from tagship.ecosystems._wrapping import owner
from tagship.package_settings import ContainerConfig
from tagship.ports import Found, SourceTree

_PLACES: Final = ("", "docker", "build", "deploy", "container", "packaging")
"""Folders of a package that hold its Dockerfile, best first."""


def candidates(tree: SourceTree) -> Mapping[str, str]:
    """Read every Dockerfile of a project that may be a product's."""
    paths = [path for path in tree.paths if is_dockerfile(path) and not reason_to_skip(path)]
    return tree.read(paths) if paths else {}


def choose(found: Found, everyone: Sequence[Found], files: Mapping[str, str], told: ContainerConfig) -> tuple[str, str]:
    """Return the Dockerfile of a package, and why none can be told; both are empty where there is none."""
    if told.dockerfile:
        known = told.dockerfile in files
        return (told.dockerfile, "") if known else ("", f"there is no Dockerfile {told.dockerfile!r}")
    product = {path: files[path] for path in files if is_of_product(path)}
    if told.base or not product:
        return "", ""
    name = found.mcp_name or ""
    named = [path for path, text in product.items() if MCP_NAME in text and name in text] if name else []
    if len(named) == 1:
        return named[0], ""
    servers = [each for each in everyone if each.sdk or each.mcp_name] or everyone
    alone = [*servers] == [found] or len(everyone) == 1
    usual = _first(found.path, product) or (_first(".", product) if alone else "")
    folders = {each.path for each in everyone}
    if usual:
        return usual, ""
    left = [path for path in product if alone or owner(path, folders) == found.path]
    if len(left) <= 1:
        return left[0] if left else "", ""
    names = ", ".join(sorted(left))
    return "", f"which of these Dockerfiles is the product's cannot be told: {names}; name it in container.dockerfile"


def context(dockerfile: str, package: str, text: str, paths: Sequence[str]) -> str:
    """Choose the folder that has what a Dockerfile copies: its own, its package's, the project's; its own without any."""
    wanted = copied(text)
    places = [*dict.fromkeys([folder_of(dockerfile), package, "."])]
    counted = [sum(_there(paths, join(place, path)) for path in wanted) for place in places]
    if not wanted or not any(counted):
        return places[0] if len(places) == 1 or PurePosixPath(places[0]).name not in _PLACES else package
    return places[counted.index(max(counted))]


def _first(folder: str, product: Collection[str]) -> str:
    """Find the Dockerfile in a folder, or in those of its folders that usually hold one."""
    start = "" if folder == "." else f"{folder}/"
    usual = (f"{start}{place}{'/' if place else ''}{name}" for place in _PLACES for name in NAMES)
    return next((path for path in usual if path in product), "")


def _there(paths: Sequence[str], path: str) -> bool:
    return has(paths, path) or bool(below(paths, path))
