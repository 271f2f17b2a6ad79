"""Folder discovery: one file is one plug-in.

A plug-in module ends with ``PLUGIN``, an object (or, where secrets or addresses are needed, a class) that implements one
Protocol of :mod:`tagship.ports`, or, in ``checks``, of :mod:`tagship.parts.checking`. Modules whose name starts with ``_``
are helpers, not plug-ins.
"""

import importlib
import pkgutil
from functools import cache
from types import ModuleType
from typing import Any, Final

from tagship.errors import UsageError

FOLDERS: Final = (
    "ecosystems", "mentions", "environments", "formats", "signers", "forges", "channels", "migrations", "checks",
)  # fmt: skip


@cache
def names(folder: str) -> tuple[str, ...]:
    """List the plug-ins of a folder without importing them, sorted; ``_`` in a file name reads ``-``."""
    package = importlib.import_module(f"tagship.{folder}")
    found = (module.name for module in pkgutil.iter_modules(package.__path__))
    return tuple(sorted(name.replace("_", "-") for name in found if not name.startswith("_")))


@cache
def load(folder: str, name: str) -> Any:
    """Import one plug-in and return its ``PLUGIN``.

    Raises:
        UsageError: there is none of that name.

    """
    known = names(folder)
    if name not in known:
        hint = f"choose among {', '.join(known)}"
        raise UsageError(f"unknown name {name!r} for {folder}", hint=hint)
    module: ModuleType = importlib.import_module(f"tagship.{folder}.{name.replace('-', '_')}")
    return module.PLUGIN
