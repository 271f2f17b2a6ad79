"""Reading what another tool was told, and saying what became of it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tagship import plugins
from tagship.domain.setup.migration import Migrated
from tagship.errors import UsageError
from tagship.ports import Migration, Reporter, SourceTree

_GO_ON: Final = "go on without it: --from none"


def migrate(wanted: str, tree: SourceTree, packages: Sequence[str], reporter: Reporter) -> Migrated:
    """Read the configuration of one tool, of each that is found (``auto``), or of ``none``; tell every line.

    Raises:
        UsageError: there is no such configuration, or it is broken.

    """
    names = plugins.names("migrations")
    if wanted not in {"auto", "none", *names}:
        hint = f"choose among auto, none, {', '.join(names)}"
        raise UsageError(f"{wanted!r} is no tool whose configuration can be read", hint=hint)
    chosen = names if wanted == "auto" else () if wanted == "none" else (wanted,)
    read = [(name, _read(plugins.load("migrations", name), tree, packages)) for name in chosen]
    found = [(name, migrated) for name, migrated in read if migrated.notes]
    if not found and wanted not in {"auto", "none"}:
        kind: Migration = plugins.load("migrations", wanted)
        if files := kind.files(tree.paths):
            raise UsageError(f"it says nothing of a release that {wanted} makes", file=files[0], hint=_GO_ON)
        raise UsageError(
            f"there is no configuration of {wanted} in the commit", hint=f"{kind.name} is looked for at the top"
        )
    for name, migrated in found:
        _tell(name, migrated, reporter)
    return _joined([migrated for _, migrated in found])


def _read(kind: Migration, tree: SourceTree, packages: Sequence[str]) -> Migrated:
    texts = tree.read(kind.files(tree.paths))
    return kind.read(texts, packages) if texts else Migrated()


def _tell(name: str, migrated: Migrated, reporter: Reporter) -> None:
    lost = sum(not note.became for note in migrated.notes)
    reporter.info(f"from {name}: {len(migrated.notes) - lost} carried over, {lost} not")
    for note in migrated.notes:
        reporter.info(f"  {note}")


def _joined(found: Sequence[Migrated]) -> Migrated:
    """Put several together; of a setting that two make, lists are joined, else the first stands."""
    settings: dict[str, Any] = {}
    for migrated in found:
        for key, value in migrated.settings.items():
            settings[key] = _both(settings[key], value) if key in settings else value
    return Migrated(
        notes=tuple(note for migrated in found for note in migrated.notes),
        settings=settings,
        signers=tuple(dict.fromkeys(name for migrated in found for name in migrated.signers)),
        draft=any(migrated.draft for migrated in found),
    )


def _both(one: Any, other: Any) -> Any:
    if isinstance(one, list) and isinstance(other, list):
        return one + [each for each in other if each not in one]
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return {**other, **one}
    return one
