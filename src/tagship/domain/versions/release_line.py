"""Release lines: packages of one repository that are versioned together, and the tags that say so.

One line for the whole repository (``v1.2.3``), or one per package (``name-v1.2.3``). Which it is shows in the history;
the configuration can decide otherwise, and link packages that must always have one version.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from tagship.domain.versions import tags
from tagship.domain.versions.tags import Tag
from tagship.domain.versions.version import Version
from tagship.errors import UsageError

Styles = Mapping[str, tuple[Tag, ...]]
_ENDINGS: Final = frozenset(template.removeprefix("{name}") for template in tags.OWN)
_BY_FOLDER: Final = ("go",)
"""Ecosystems that find a version by a tag with the folder's name (go.dev/ref/mod#vcs-version)."""


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """What of a package matters for its line; ``tag`` is a template from the configuration, or empty; ``folder`` is where
    it lies in the repository, where that is not its path in the project.
    """

    name: str
    path: str
    ecosystem: str = ""
    declared: str = ""
    depends: tuple[str, ...] = ()
    tag: str = ""
    folder: str = ""

    @property
    def place(self) -> str:
        """Its folder, from the repository's top: tags are the repository's, not the project's."""
        return self.folder or self.path


Unit = tuple[Member, ...]
Own = Mapping[str, tuple[str, ...]]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """Packages with one version. ``read`` are the styles its releases may have; ``write`` those its next one gets."""

    members: tuple[Member, ...]
    read: tuple[str, ...]
    write: tuple[str, ...]
    shared: bool

    @property
    def name(self) -> str:
        """What to call it: the packages, unless it is the whole repository."""
        return "" if self.shared else ", ".join(member.name for member in self.members)

    def style_of(self, member: Member) -> str:
        """Return the style of a package's next tag: linked packages have one version and a tag each."""
        own = tags.own_styles(member.name, member.place)
        wanted = (tags.from_template(member.tag, member.name),) if member.tag else own
        return next((style for style in self.write if style in wanted), self.write[0])

    @property
    def paths(self) -> tuple[str, ...]:
        """The folders of its packages."""
        return tuple(sorted({member.path for member in self.members}))


def lines(
    members: Sequence[Member], styles: Styles, *, template: str = "", linked: Sequence[Sequence[str]] = ()
) -> tuple[Line, ...]:
    """Sort packages into lines.

    Raises:
        UsageError: a linked group names a package that is not there, or a template makes no tag.

    """
    units = _units(members)
    own = _own_styles(units)
    if not _apart(units, styles, own, template, linked):
        return (_shared(members, styles, template),)
    made = [_own(unit, units, styles, own, template) for unit in units]
    return tuple(sorted(_unite(_link(made, members, linked)), key=lambda line: (line.paths, line.name)))


def _units(members: Sequence[Member]) -> list[Unit]:
    """Put packages of one folder together: a wheel and a tarball of the same code have one version."""
    folders: dict[str, list[Member]] = {}
    for member in members:
        folders.setdefault(member.path, []).append(member)
    return [tuple(found) for _, found in sorted(folders.items())]


def _own_styles(units: Sequence[Unit]) -> Own:
    """List by folder the styles that name its packages, but those that name another one better: a package's own name goes
    before a folder that is called so.
    """
    ranks: dict[str, dict[str, int]] = {unit[0].path: {} for unit in units}
    for member in (member for unit in units for member in unit):
        mine = ranks[member.path]
        for style, rank in tags.own_styles(member.name, member.place).items():
            mine[style] = min(rank, mine.get(style, rank))
    best: dict[str, int] = {}
    for style, rank in (pair for mine in ranks.values() for pair in mine.items()):
        best[style] = min(rank, best.get(style, rank))
    return {path: tuple(style for style, rank in mine.items() if rank == best[style]) for path, mine in ranks.items()}


def _apart(units: Sequence[Unit], styles: Styles, own: Own, template: str, linked: Sequence[Sequence[str]]) -> bool:
    """Say whether packages have tags of their own."""
    if template:
        return "{name}" in template
    if any(member.tag for unit in units for member in unit) or (linked and len(units) > 1):
        return True
    if len(units) == 1:
        return False
    if any(_known_own(unit, styles, own) for unit in units):
        return True
    if any(style in styles for style in tags.SHARED):
        return False
    return len({member.declared for unit in units for member in unit if member.declared}) > 1


def _known_own(unit: Unit, styles: Styles, own: Own) -> str:
    """Return the style with the newest release among those that name one of these packages; empty when there is none."""
    known = [style for style in own[unit[0].path] if style in styles]
    return max(known, key=lambda style: styles[style][0].version, default="")


def _shared(members: Sequence[Member], styles: Styles, template: str) -> Line:
    if template:
        style = tags.from_template(template, "")
        return Line(members=tuple(members), read=(style,), write=(style,), shared=True)
    known = [style for style in tags.SHARED if style in styles]
    alone = _units(members)
    if len(alone) == 1:
        known += [
            style for member in alone[0] for style in tags.own_styles(member.name, member.place) if style in styles
        ]
    first = _of_folder(members[0]) if len(alone) == 1 and members[0].ecosystem in _BY_FOLDER else "v"
    known = list(dict.fromkeys(known)) or [first]
    newest = max(known, key=lambda style: (_newest(styles, style), style == "v"))
    return Line(members=tuple(members), read=tuple(known), write=(newest,), shared=True)


def _own(unit: Unit, units: Sequence[Unit], styles: Styles, own: Own, template: str) -> Line:
    first = unit[0]
    wanted = first.tag or template
    if wanted:
        style = tags.from_template(wanted, first.name)
        return Line(members=unit, read=(style,), write=(style,), shared=False)
    known = [style for style in own[first.path] if style in styles]
    if not known and first.path == ".":
        known = [style for style in tags.SHARED if style in styles]
    if not known:
        known = [_like_others(first, units, styles, own)]
    newest = max(known, key=lambda style: _newest(styles, style))
    return Line(members=unit, read=tuple(dict.fromkeys(known)), write=(newest,), shared=False)


def _newest(styles: Styles, style: str) -> Version:
    return styles[style][0].version if style in styles else Version(major=0, minor=0, patch=0)


def _like_others(member: Member, units: Sequence[Unit], styles: Styles, own: Own) -> str:
    """Name a package's first tag as its neighbours name theirs, but never as one that is better taken for another's."""
    if member.ecosystem in _BY_FOLDER:
        return _of_folder(member)
    for unit in units:
        known = _known_own(unit, styles, own)
        mine = tags.labels(member.name, member.place)
        for label, called in zip(tags.labels(unit[0].name, unit[0].place), mine, strict=True):
            style = called + known.removeprefix(label)
            if label and known.removeprefix(label) in _ENDINGS and style in own[member.path]:
                return style
    short, whole = (tags.OWN[0].format(name=name) for name in (member.name.rpartition("/")[2], member.name))
    return short if short in own[member.path] else whole


def _of_folder(member: Member) -> str:
    return "v" if member.place == "." else f"{member.place}/v"


def _link(made: list[Line], members: Sequence[Member], linked: Sequence[Sequence[str]]) -> list[Line]:
    known = {member.name for member in members}
    for group in linked:
        unknown = sorted(set(group) - known)
        if unknown:
            hint = f"packages here: {', '.join(sorted(known))}"
            raise UsageError(f"version.linked names no package of this repository: {', '.join(unknown)}", hint=hint)
        together = [line for line in made if any(member.name in group for member in line.members)]
        if not together:
            continue
        made = [line for line in made if line not in together] + [_join(together)]
    return made


def _unite(made: list[Line]) -> list[Line]:
    """Join lines whose tags would be called the same: one tag can be the release of both only if they have one version."""
    found: list[Line] = []
    for line in made:
        same = [other for other in found if set(other.read) & set(line.read)]
        found = [other for other in found if other not in same] + [_join([*same, line]) if same else line]
    return found


def _join(together: Sequence[Line]) -> Line:
    return Line(
        members=tuple(member for line in together for member in line.members),
        read=tuple(dict.fromkeys(style for line in together for style in line.read)),
        write=tuple(dict.fromkeys(style for line in together for style in line.write)),
        shared=False,
    )
