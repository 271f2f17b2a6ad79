"""Other tools whose configuration is read, so that people can come from them."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Protocol

from tagship.domain.setup.migration import Migrated


class Migration(Protocol):
    """Reads the configuration of another tool; nothing of it is run or changed."""

    name: ClassVar[str]

    def files(self, paths: Sequence[str]) -> Sequence[str]:
        """Choose the files that may hold its configuration."""

    def read(self, texts: Mapping[str, str], packages: Sequence[str]) -> Migrated:
        """Say what becomes of each line; nothing at all when the files hold no such configuration after all.

        ``packages`` are the names of those that the project releases. Raises :class:`~tagship.errors.UsageError` with file and
        line where a file is broken.
        """
