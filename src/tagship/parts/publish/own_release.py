"""The release that a plan is of, for channels: looked at through the forge, completed by whoever releases."""

from collections.abc import Callable, Collection, Mapping
from threading import Lock

from tagship.domain.releases import release
from tagship.errors import UsageError
from tagship.ports import Forge


class Own:
    """:class:`tagship.ports.OwnRelease` of one run: all channels that speak of it have this one.

    ``complete`` brings it about; ``None`` where its files are not at hand.
    """

    def __init__(self, tag: str, forge: Callable[[], Forge], complete: Callable[[], None] | None) -> None:
        self._tag, self._make_forge, self._complete = tag, forge, complete
        self._forge: Forge | None = None
        self._lock = Lock()
        self._done = False
        self.url = ""

    def published(self, names: Collection[str]) -> Mapping[str, str]:
        """Return what is on the release of these files, by the names that they have in the plan, with their SHA-256."""
        with self._lock:
            self._forge = forge = self._forge or self._make_forge()
        found = release.choose(forge.releases(self._tag), self._tag)
        if found is None or found.draft:
            return {}
        self.url = found.url
        there = {asset.name: asset.sha256 for asset in forge.assets(found) if asset.state == "uploaded"}
        called = {name: forge.asset_name(name) for name in names}
        return {name: there[own] for name, own in called.items() if own in there}

    def complete(self) -> None:
        """Complete it, once: whoever asks meanwhile waits.

        Raises:
            UsageError: its files are not at hand.

        """
        if self._complete is None:
            hint = "run release-assets with the plan and the files of the build"
            raise UsageError(f"the release {self._tag} lacks files that are not at hand", hint=hint)
        with self._lock:
            if not self._done:
                self._complete()
                self._done = True
