"""WinGet: the manifests of a version in a folder of their own, always by pull request.

https://learn.microsoft.com/windows/package-manager/package/repository: nobody commits to microsoft/winget-pkgs; people
propose from a fork, robots and moderators look. A source of one's own may be asked from a branch of itself.
"""

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from tagship.channels._manifest_repository import ManifestRepository
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.channel import Owed, Wish
from tagship.domain.plans.plan import ChannelPlan, Package
from tagship.domain.plans.planning import is_repository
from tagship.errors import IntegrityError, UsageError

_IDENTITY: Final = re.compile(r"^PackageIdentifier: ([^\s.]+(?:\.[^\s.]+)+)$", re.MULTILINE)
_VERSION: Final = re.compile(r"^PackageVersion: ['\"]?([^\s'\"]+)", re.MULTILINE)
_MARK: Final = ".winget."


class WinGet(ManifestRepository):
    """:class:`tagship.ports.Channel` for the manifests of one package."""

    kind: ClassVar[str] = "winget"
    address: ClassVar[str] = "https://github.com/microsoft/winget-pkgs"
    options: ClassVar[Mapping[str, str]] = {
        **ManifestRepository.options,
        "fork": "owner/name of the fork that pull requests come from; default: a branch of the repository itself",
    }
    endings: ClassVar[tuple[str, ...]] = (".winget.yaml", ".winget.installer.yaml", ".winget.locale.en-US.yaml")
    reviewed: ClassVar[bool] = True

    @classmethod
    def plan(cls, wish: Wish, package: Package, artifacts: Sequence[Artifact]) -> ChannelPlan | None:
        """Owe the manifests that are among the files of the release.

        Raises:
            UsageError: no fork to propose from where nobody else may make a branch, or one that is none.

        """
        fork = wish.options.get("fork", "")
        if (fork or wish.address == cls.address) and not is_repository(fork):
            hint = "fork microsoft/winget-pkgs once, and name the fork in the option `fork`: <owner>/winget-pkgs"
            raise UsageError(f"the channel {wish.id} needs a fork to propose from", hint=hint)
        return super().plan(wish, package, artifacts)

    def place_of(self, file: Owed, data: bytes) -> str:
        """``manifests/<first letter>/<publisher>/<name>/<version>/<publisher>.<name>….yaml``.

        Raises:
            IntegrityError: it does not say what it is about.

        """
        text = data.decode(errors="replace")
        identity, version = _IDENTITY.search(text), self.version_in(text)
        if identity is None or version is None:
            raise IntegrityError("it names no package", file=file.name, hint="sign the release again")
        name = identity[1]
        ending = file.name.partition(_MARK)[2]
        return f"manifests/{name[0].lower()}/{name.replace('.', '/')}/{version}/{name}.{ending}"

    def version_in(self, text: str) -> str | None:
        """Read ``PackageVersion``."""
        found = _VERSION.search(text)
        return found[1] if found else None

    def subject(self) -> str:
        """Call it ``New version: <package> version <version>``, as wingetcreate does."""
        name = self._manifests[0].path.split("/")
        return f"New version: {'.'.join(name[2:-2])} version {self.package.version}"


PLUGIN: Final = WinGet
