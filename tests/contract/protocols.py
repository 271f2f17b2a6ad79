"""Which Protocol the plug-ins of a folder implement, and a check that an object does."""

import inspect
import re
from typing import Any, Final

from tagship import plugins, ports
from tagship.parts import checking

OF_FOLDER: Final[dict[str, type]] = {
    "ecosystems": ports.Ecosystem,
    "mentions": ports.Mention,
    "environments": ports.Environment,
    "formats": ports.Format,
    "signers": ports.Signer,
    "forges": ports.Forge,
    "channels": ports.Channel,
    "migrations": ports.Migration,
    "checks": checking.Check,
}
ALL: Final = [(folder, name) for folder in plugins.FOLDERS for name in plugins.names(folder)]
RELEASE_FILE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+~@-]*")


def members(protocol: type) -> dict[str, Any]:
    """Return the public methods a Protocol asks for."""
    return {
        name: value for name, value in vars(protocol).items() if not name.startswith("_") and callable(unwrap(value))
    }


def unwrap(value: Any) -> Any:
    """Look through classmethod."""
    return getattr(value, "__func__", value)


def parameters(function: Any) -> list[tuple[str, Any]]:
    """Return names and kinds of a method's parameters, without ``self`` and ``cls``."""
    found = inspect.signature(unwrap(function)).parameters.values()
    return [(p.name, p.kind) for p in found if p.name not in {"self", "cls"}]
