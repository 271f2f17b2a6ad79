"""Which package of a plan carries each ``server.json``: the document is completed and published with that package."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from tagship.domain.manifests.server_json import tables
from tagship.domain.plans.plan import Package
from tagship.domain.releases.registry_document import DETAIL
from tagship.parts.plan.planned import Planned
from tagship.parts.plan.servers import REGISTRIES, is_of

Document = Mapping[str, Any]


def noted(made: Sequence[Planned], known: Mapping[str, Document]) -> list[Planned]:
    """Note each document (by its folder) in the details of the package that it is about: later jobs have no sources."""
    texts: dict[str, str] = {}
    for folder, document in sorted(known.items()):
        owner = _owner([each.package for each in made], folder, document)
        if owner and isinstance(document.get("name"), str):
            texts.setdefault(owner.id, msgspec.json.encode(document).decode())
    return [_with_text(each, texts.get(each.package.id, "")) for each in made]


def _owner(packages: Sequence[Package], folder: str, document: Document) -> Package | None:
    """Choose the package that it lists, else the one beside it, else the only one; none before what is made around it."""
    entries = tables(document.get("packages"))
    own = [each for each in packages if each.wraps is None and each.ecosystem in {*REGISTRIES, "go"}] or list(packages)
    listed = [package for package in own if any(is_of(entry, package) for entry in entries)]
    beside = [package for package in own if package.path == folder]
    only = own if len({package.name for package in own}) == 1 else []
    return next(iter([*listed, *beside, *only]), None)


def _with_text(planned: Planned, text: str) -> Planned:
    if not text:
        return planned
    details = {**planned.package.details, DETAIL: text}
    return replace(planned, package=msgspec.structs.replace(planned.package, details=details))
