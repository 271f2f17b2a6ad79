"""The loop that brings a release to where it should be: look, decide, do, look again; publish when nothing is missing."""

from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import Literal

import msgspec

from tagship.adapters.http import Conflict, Transient
from tagship.domain import release
from tagship.domain.planning import version_of_tag
from tagship.domain.release import (
    Delete,
    Keep,
    LocalAsset,
    OnDifferent,
    OnExtra,
    Operation,
    RemoteAsset,
    RemoteRelease,
    Replace,
)
from tagship.errors import RemoteRefused, RemoteUnreachable
from tagship.parts.retry import persist
from tagship.ports import Forge, ReleaseDraft, Tools

Field = Literal["name", "body", "prerelease"]


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """The release as it shall be.

    ``keep`` names what the caller has no opinion on, so that an existing release keeps its own; ``last`` are uploaded
    after all others; ``retry_window`` and ``deadline`` are in seconds.
    """

    draft: ReleaseDraft
    keep: frozenset[Field]
    assets: tuple[LocalAsset, ...]
    last: tuple[str, ...]
    publish: bool
    make_latest: Literal["auto", "true", "false"]
    on_different: OnDifferent
    on_extra: OnExtra
    parallel: int
    retry_window: float
    deadline: float
    dry_run: bool


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What the release is now, and whether this run changed it."""

    release: RemoteRelease
    assets: tuple[RemoteAsset, ...]
    state: Literal["created", "updated", "unchanged"]


class Converger:
    """Carries out :func:`tagship.domain.release.reconcile` against a forge that may fail at any request."""

    def __init__(self, forge: Forge, wanted: Wanted, tools: Tools) -> None:
        self._forge, self._wanted, self._tools = forge, wanted, tools
        self._created = self._changed = False
        self._uploaded = 0
        self._made: RemoteRelease | None = None
        self._refused = ""
        self._ends = tools.clock.monotonic() + wanted.deadline

    def run(self) -> Outcome:
        """Try until it is done, refused, or has failed for the whole window.

        Raises:
            RemoteUnreachable: the remote kept failing, or the time is over.
            RemoteRefused: it said no.
            IntegrityError: foreign assets, or a file that changed while it was sent.

        """
        if self._wanted.dry_run:
            return persist(self._rehearse, lambda: 0, window=self._wanted.retry_window, tools=self._tools)
        return persist(self._attempt, lambda: self._uploaded, window=self._wanted.retry_window, tools=self._tools)

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
        self._check_time()
        found = self._find_or_create()
        observed = self._forge.assets(found)
        operations = self._decide(found, observed)
        if _work(operations):
            self._carry_out(found, operations)
            observed = self._forge.assets(found)
            left = _work(self._decide(found, observed))
            if left:
                raise Transient(f"not there with the right bytes yet: {', '.join(map(_name, left))}")
        found = self._edit(found)
        if self._wanted.publish and found.draft:
            found = self._publish(found)
            observed = self._forge.assets(found)  # a draft's assets have other addresses
        changed: Literal["updated", "unchanged"] = "updated" if self._changed else "unchanged"
        return Outcome(release=found, assets=observed, state="created" if self._created else changed)

    def _rehearse(self) -> Outcome:
        """Look and say what would be done."""
        tag = self._wanted.draft.tag
        found = release.choose(self._forge.releases(tag), tag)
        observed = self._forge.assets(found) if found else ()
        target = found or _nothing(tag)
        operations = self._decide(target, observed)
        tell: Callable[[str], None] = self._tools.reporter.info
        tell(f"would use {target.url}" if found else f"would create a draft of {tag}")
        for operation in operations:
            tell(f"would {type(operation).__name__.lower()} {_name(operation)}")
        if found and self._differs(found, self._target(found)):
            tell("would change its title, notes or flags")
        if self._wanted.publish and target.draft:
            tell("would publish it")
        return Outcome(release=target, assets=observed, state="unchanged")

    def _find_or_create(self) -> RemoteRelease:
        tag = self._wanted.draft.tag
        listed = self._listed(tag)
        found = release.choose(listed, tag)
        if found is None:
            self._created = True
            self._made = made = self._forge.create_draft(self._wanted.draft)
            # Another run may have made one at the same moment: the listing decides which one both go on with.
            listed = self._listed(tag)
            found = release.choose(listed, tag) or made
        for other in release.duplicates(listed, found):
            self._tidy(other)
        return found

    def _listed(self, tag: str) -> tuple[RemoteRelease, ...]:
        """List the releases of the tag; GitHub's listing may not show a new draft at once."""
        listed = self._forge.releases(tag)
        if self._made is None or any(other.id == self._made.id for other in listed):
            return listed
        return (*listed, self._made)

    def _tidy(self, other: RemoteRelease) -> None:
        """Remove a second draft of ours, but never one that holds something."""
        if self._forge.assets(other):
            self._tools.reporter.warning(f"another draft of {other.tag} stays, for it has assets: {other.url}")
            return
        self._changed = True
        self._forge.delete_draft(other)

    def _decide(self, found: RemoteRelease, observed: tuple[RemoteAsset, ...]) -> tuple[Operation, ...]:
        operations = release.reconcile(
            self._wanted.assets,
            observed,
            published=not found.draft,
            on_different=self._wanted.on_different,
            on_extra=self._wanted.on_extra,
        )
        work = _work(operations)
        if found.immutable and work:
            needed = ", ".join(f"{type(operation).__name__.lower()} {_name(operation)}" for operation in work)
            hint = "an immutable release cannot change: release a new version"
            raise RemoteRefused(f"{found.tag} is published and immutable; it would need: {needed}", hint=hint)
        return operations

    def _carry_out(self, found: RemoteRelease, operations: tuple[Operation, ...]) -> None:
        def later(operation: Operation) -> bool:
            return not isinstance(operation, Delete) and _name(operation) in self._wanted.last

        work = _work(operations)
        self._changed = True
        self._each(found, [operation for operation in work if not later(operation)])
        self._each(found, [operation for operation in work if later(operation)])

    def _each(self, found: RemoteRelease, operations: list[Operation]) -> None:
        """Do the operations a few at a time; after a failure no more are begun, and those under way are waited for."""
        with ThreadPoolExecutor(max_workers=max(1, self._wanted.parallel)) as pool:
            jobs = [pool.submit(self._do, found, operation) for operation in operations]
            try:
                wait(jobs, return_when=FIRST_EXCEPTION)
            finally:
                pool.shutdown(wait=True, cancel_futures=True)
        errors = [error for job in jobs if not job.cancelled() and (error := job.exception())]
        for error in sorted(errors, key=lambda error: isinstance(error, Transient | Conflict)):
            raise error

    def _do(self, found: RemoteRelease, operation: Operation) -> None:
        self._check_time()
        if isinstance(operation, Replace | Delete):
            self._forge.delete_asset(found, operation.old)
            self._tools.reporter.info(f"- {operation.old.name}")
        if not isinstance(operation, Delete | Keep):
            sent = self._forge.upload(found, operation.asset)
            if release.missing((operation.asset,), (sent,)):
                raise Transient(f"{sent.name} did not arrive as it was sent")
            self._uploaded += 1
            self._tools.reporter.info(f"+ {operation.asset.name}  {operation.asset.size:,} bytes")

    def _edit(self, found: RemoteRelease) -> RemoteRelease:
        """Bring title, notes and flags up to date where the caller has an opinion."""
        target = self._target(found)
        if not self._differs(found, target):
            return found
        self._changed = True
        return self._forge.edit(found, target)

    def _target(self, found: RemoteRelease) -> ReleaseDraft:
        """Say what an existing release shall look like."""
        draft, keep = self._wanted.draft, self._wanted.keep
        body, name, prerelease = draft.body, draft.name, draft.prerelease
        if "body" in keep:
            adopted = found.draft and not release.is_ours(found)
            body = f"{found.body.strip()}\n\n{release.mark(found.tag)}".strip() if adopted else found.body
        if "name" in keep and found.name:
            name = found.name
        if "prerelease" in keep and (not found.draft or version_of_tag(found.tag) is None):
            prerelease = found.prerelease
        return msgspec.structs.replace(draft, body=body, name=name, prerelease=prerelease)

    @staticmethod
    def _differs(found: RemoteRelease, target: ReleaseDraft) -> bool:
        moved = found.draft and target.commitish not in {"", found.commitish}
        said = (found.name, found.prerelease) != (target.name, target.prerelease)
        return moved or said or not release.same_text(found.body, target.body)

    def _publish(self, found: RemoteRelease) -> RemoteRelease:
        self._check_time()
        self._changed = True
        published = self._forge.publish(found, latest=self._latest(found))
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

    def _check_time(self) -> None:
        if self._tools.clock.monotonic() > self._ends:
            minutes = f"{self._wanted.deadline / 60:g}"
            hint = "run it again: it goes on where it stopped; or raise `timeout`"
            raise RemoteUnreachable(f"not done after {minutes} minutes", hint=hint)


def _work(operations: tuple[Operation, ...]) -> list[Operation]:
    return [operation for operation in operations if not isinstance(operation, Keep)]


def _name(operation: Operation) -> str:
    return operation.old.name if isinstance(operation, Delete | Keep) else operation.asset.name


def _nothing(tag: str) -> RemoteRelease:
    """Stand for the release that a dry run does not create."""
    return RemoteRelease(
        id="", tag=tag, draft=True, prerelease=False, immutable=False, name="", body="", url="", upload_url=""
    )
