"""The loop that brings a release to where it should be: look, decide, do, look again; publish when nothing is missing."""

from collections.abc import Iterable
from typing import Final, Literal

import msgspec
from msgspec.structs import replace

from tagship.adapters.http import Conflict, Transient
from tagship.adapters.step_clock import StepClock
from tagship.domain.plans.planning import version_of_tag
from tagship.domain.releases import operations as op
from tagship.domain.releases import reconcile, release
from tagship.domain.releases.operations import Operation
from tagship.domain.releases.release import Goal, RemoteAsset, RemoteRelease, Seen
from tagship.parts.release.carry_out import Carrier
from tagship.parts.retry import persist
from tagship.ports import Forge, Tools

State = Literal["created", "updated", "unchanged"]
_LOOKS: Final = 4


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """The goal, and how it is gone after; ``retry_window`` is in seconds."""

    goal: Goal
    make_latest: Literal["auto", "true", "false"]
    parallel: int
    retry_window: float
    dry_run: bool


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What the release is now, and whether this run changed it."""

    release: RemoteRelease
    assets: tuple[RemoteAsset, ...]
    state: State


class Converger:
    """Carries out :func:`tagship.domain.releases.reconcile.plan` against a forge that may fail at any request."""

    def __init__(self, forge: Forge, wanted: Wanted, tools: Tools, clock: StepClock) -> None:
        self._forge, self._wanted, self._clock = forge, wanted, clock
        self._goal = wanted.goal
        self._tools = replace(tools, clock=clock)
        self._carrier = Carrier(forge, wanted.goal, self._tools, clock, wanted.parallel)
        self._created = self._changed = False
        self._made: RemoteRelease | None = None
        self._refused = ""
        self._looks = 0

    def run(self) -> Outcome:
        """Try until it is done, refused, or has failed for the whole window.

        Raises:
            RemoteUnreachable: the remote kept failing, or the time is over.
            RemoteRefused: it said no.
            IntegrityError: foreign assets, or a file that changed while it was sent.

        """
        window = self._wanted.retry_window
        if self._wanted.dry_run:
            return persist(self._rehearse, lambda: 0, window=window, tools=self._tools)
        with self._tools.reporter.progress({asset.name: asset.size for asset in self._goal.assets}) as progress:
            self._carrier.progress = progress
            return persist(self._attempt, lambda: self._carrier.uploaded, window=window, tools=self._tools)

    @property
    def left(self) -> str:
        """Say what is not there yet, as far as is known."""
        lacking = [asset.name for asset in self._goal.assets if asset.name not in self._carrier.there]
        total, count = len(self._goal.assets), len(lacking)
        if count:
            shown = ", ".join(lacking[:10]) + (f" and {count - 10} more" if count > 10 else "")  # noqa: PLR2004
            return f"{total - count} of {total} files are there; left: {shown}"
        return f"all {total} files are there; the release is not finished"

    def _attempt(self) -> Outcome:
        """Look again when refused: another run may have been faster. The same refusal twice is final."""
        try:
            return self._once()
        except Conflict as error:
            if str(error) == self._refused:
                raise
            self._refused, self._made = str(error), None
            raise Transient(error.problems[0].message) from None

    def _once(self) -> Outcome:
        self._clock.check()
        seen = self._look()
        todo = self._decided(seen)
        if todo and isinstance(todo[0], op.Create):
            self._create(todo[0])
            # Another run may have made one at the same moment: the listing decides which one both go on with.
            seen = self._look()
            todo = self._decided(seen)
        found = self._edit(self._found(seen), todo)
        observed = seen.assets[found.id]
        if self._carrier.carry_out(found, todo):
            self._changed = True
            observed = self._prove(found)
        self._tidy(todo)
        if self._goal.publish and found.draft:
            found = self._publish(found)
            observed = self._forge.assets(found)  # a draft's assets have other addresses
        changed: State = "updated" if self._changed else "unchanged"
        return Outcome(release=found, assets=observed, state="created" if self._created else changed)

    def _decided(self, seen: Seen) -> tuple[Operation, ...]:
        """Say what is to be done; a refusal ends the run."""
        todo = reconcile.plan(self._goal, seen)
        for operation in todo:
            if isinstance(operation, op.Refuse):
                raise operation.error
        return todo

    def _create(self, creation: op.Create) -> None:
        """Make a draft; where it is not known whether one was made, look a few times more before another is.

        GitHub's listing may not show a new draft at once, and a lost answer says nothing (softprops/action-gh-release#705).
        """
        if 0 < self._looks < _LOOKS:
            self._looks += 1
            raise Transient(f"it is not known whether a draft of {creation.draft.tag} was made", wait=1.0)
        self._created = True
        try:
            self._made = self._forge.create_draft(creation.draft)
        except Transient as error:
            self._looks = 0 if error.wait else 1  # a limit is a clear no
            raise

    def _rehearse(self) -> Outcome:
        """Look and say what would be done."""
        seen = self._look()
        found = release.choose(seen.releases, self._goal.draft.tag)
        if found and found.draft:
            self._tools.reporter.info(f"would use {found.url}")
        for operation in reconcile.plan(self._goal, seen):
            self._tools.reporter.info(f"would {op.describe(operation)}")
            if isinstance(operation, op.Refuse):
                raise operation.error
        observed = seen.assets[found.id] if found else ()
        return Outcome(release=found or _nothing(self._goal.draft.tag), assets=observed, state="unchanged")

    def _look(self) -> Seen:
        """List the releases of the tag and what is attached; GitHub's listing may not show a new draft at once."""
        tag = self._goal.draft.tag
        listed = self._forge.releases(tag)
        if self._made is not None and all(other.id != self._made.id for other in listed):
            listed = (*listed, self._made)
        found = release.choose(listed, tag)
        matter = (found, *release.duplicates(listed, found)) if found else ()
        seen = Seen(releases=listed, assets={each.id: self._forge.assets(each) for each in matter})
        self._carrier.saw(seen.assets[found.id] if found else ())
        return seen

    def _found(self, seen: Seen) -> RemoteRelease:
        found = release.choose(seen.releases, self._goal.draft.tag)
        if found is None:
            raise Transient("the new draft is not there yet")
        return found

    def _edit(self, found: RemoteRelease, todo: Iterable[Operation]) -> RemoteRelease:
        for operation in todo:
            if isinstance(operation, op.Adopt | op.Edit):
                self._clock.check()
                self._changed = True
                return self._forge.edit(found, operation.target)
        return found

    def _prove(self, found: RemoteRelease) -> tuple[RemoteAsset, ...]:
        """Look again at what was done: the forge's own list decides."""
        observed = self._forge.assets(found)
        self._carrier.saw(observed)
        again = reconcile.reconcile(self._goal, found, observed)
        left = [op.name_of(operation) for operation in again if not isinstance(operation, op.Keep)]
        if left:
            raise Transient(f"not there with the right bytes yet: {', '.join(left)}")
        return observed

    def _tidy(self, todo: Iterable[Operation]) -> None:
        """Remove second drafts of ours, now that all they hold is on the first; never one that holds something else."""
        for operation in todo:
            if isinstance(operation, op.Leave):
                url = operation.release.url
                self._tools.reporter.warning(
                    f"another draft of {operation.release.tag} stays, for it has assets: {url}"
                )
            if isinstance(operation, op.Merge):
                self._clock.check()
                self._changed = True
                self._forge.delete_draft(operation.release)

    def _publish(self, found: RemoteRelease) -> RemoteRelease:
        self._clock.check()
        latest = self._latest(found)
        self._clock.check()
        self._changed = True
        published = self._forge.publish(found, latest=latest)
        if published.draft:
            raise Transient(f"{found.tag} is not published yet")
        return published

    def _latest(self, found: RemoteRelease) -> bool:
        """``latest`` goes to the highest final version, whatever the date."""
        if found.prerelease or self._wanted.make_latest != "auto":
            return self._wanted.make_latest == "true"
        version = version_of_tag(found.tag)
        others = [other for tag in self._forge.published_tags() if (other := version_of_tag(tag))]
        return all(other <= version for other in others) if version else not others


def _nothing(tag: str) -> RemoteRelease:
    """Stand for the release that a dry run does not create."""
    return RemoteRelease(
        id="", tag=tag, draft=True, prerelease=False, immutable=False, name="", body="", url="", upload_url=""
    )
