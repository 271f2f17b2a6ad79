"""Tools of a server that changed since an earlier release, as a report keeps them."""

from typing import Final, Literal

import msgspec

Kind = Literal["removed", "incompatible", "added", "compatible"]
KINDS: Final[tuple[Kind, ...]] = ("removed", "incompatible", "added", "compatible")


class ToolChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One tool that changed; ``words`` say how, in Markdown."""

    kind: Kind
    tool: str
    words: tuple[str, ...] = ()


class ToolDiff(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All tools that changed: removed, incompatible, added, compatible, each sorted by name."""

    changes: tuple[ToolChange, ...] = ()

    @property
    def breaking(self) -> bool:
        """Whether a major version is advised."""
        return any(change.kind in ("removed", "incompatible") for change in self.changes)

    def of(self, kind: Kind) -> tuple[ToolChange, ...]:
        """Return the changes of one kind."""
        return tuple(change for change in self.changes if change.kind == kind)
