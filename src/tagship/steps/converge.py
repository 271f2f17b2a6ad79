"""The loop that brings a release to where it should be: look, decide, do, look again; publish when nothing is missing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Literal

import msgspec

from tagship.adapters.http import Transient
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
from tagship.errors import IntegrityError, RemoteRefused, RemoteUnreachable
from tagship.ports import Forge, ReleaseDraft, Tools

_FIRST_WAIT: Final = 0.5
_LONGEST_WAIT: Final = 30.0


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """The release as it shall be.

    ``last`` are uploaded after all others; ``keep_notes`` leaves the notes of an existing release alone;
    ``retry_window`` and ``deadline`` are in seconds.
    """

    draft: ReleaseDraft
    keep_notes: bool
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

    def run(self) -> Outcome:
        """Try until it is done, refused, or has failed for the whole window.

        Raises:
            RemoteUnreachable: the remote kept failing.
            RemoteRefused: it said no.
            IntegrityError: foreign assets, or a digest that is not ours after the upload.

        """
        clock = self._tools.clock
        began = failing_since = clock.monotonic()
        wait, failing = _FIRST_WAIT, False
        while True:
            try:
                return self._once()
            except Transient as error:
                now = clock.monotonic()
                failing_since = failing_since if failing else now
                failing = True
                pause = error.wait if error.wait is not None else wait
                if (
                    now + pause - failing_since > self._wanted.retry_window
                    or now + pause - began > self._wanted.deadline
                ):
                    raise RemoteUnreachable(
                        f"gave up: {error.problems[0].message}", hint=error.problems[0].hint
                    ) from None
                self._tools.reporter.info(f"{error.problems[0].message}; looking again in {pause:.1f} s")
                clock.sleep(pause)
                wait = min(wait * 2, _LONGEST_WAIT)

    def _once(self) -> Outcome:
        found = self._find_or_create()
        if found is None:
            nothing = RemoteRelease(
                id="",
                tag=self._wanted.draft.tag,
                draft=True,
                prerelease=False,
                immutable=False,
                name="",
                body="",
                url="",
                upload_url="",
            )
            self._show(
                nothing,
                release.reconcile(self._wanted.assets, (), published=False, on_different="auto", on_extra="keep"),
            )
            return Outcome(release=nothing, assets=(), state="unchanged")
        operations = self._decide(found, self._forge.assets(found))
        if self._wanted.dry_run:
            self._show(found, operations)
            return Outcome(release=found, assets=self._forge.assets(found), state="unchanged")
        self._carry_out(found, operations)
        found = self._edit(found)
        observed = self._prove(found, changed=any(not isinstance(o, Keep) for o in operations))
        if self._wanted.publish and found.draft:
            found = self._forge.publish(found, latest=self._latest())
            self._changed = True
        state: Literal["created", "updated", "unchanged"] = "updated" if self._changed else "unchanged"
        return Outcome(release=found, assets=observed, state="created" if self._created else state)

    def _find_or_create(self) -> RemoteRelease | None:
        tag = self._wanted.draft.tag
        found = release.choose(self._forge.releases(tag), tag)
        if found or self._wanted.dry_run:
            return found
        self._forge.create_draft(self._wanted.draft)
        self._created = True
        # Another run may have made one at the same moment: the listing decides which one both go on with.
        drafts = self._forge.releases(tag)
        found = release.choose(drafts, tag)
        if found is None:
            raise Transient("the new draft is not listed yet")
        for other in drafts:
            if other.id != found.id and other.draft and release.is_ours(other) and not self._forge.assets(other):
                self._forge.delete_draft(other)
        return found

    def _decide(self, found: RemoteRelease, observed: tuple[RemoteAsset, ...]) -> tuple[Operation, ...]:
        operations = release.reconcile(
            self._wanted.assets,
            observed,
            published=not found.draft,
            on_different=self._wanted.on_different,
            on_extra=self._wanted.on_extra,
        )
        if found.immutable and any(not isinstance(operation, Keep) for operation in operations):
            hint = "an immutable release cannot change: release a new version"
            raise RemoteRefused(
                f"{found.tag} is published and immutable, and not all planned files are on it", hint=hint
            )
        return operations

    def _carry_out(self, found: RemoteRelease, operations: tuple[Operation, ...]) -> None:
        def later(operation: Operation) -> bool:
            return not isinstance(operation, Delete | Keep) and operation.asset.name in self._wanted.last

        work = [operation for operation in operations if not isinstance(operation, Keep)]
        self._changed = self._changed or bool(work)
        self._each(found, [operation for operation in work if not later(operation)])
        self._each(found, [operation for operation in work if later(operation)])

    def _each(self, found: RemoteRelease, operations: list[Operation]) -> None:
        """Do the operations a few at a time; the first failure is raised after those under way have ended."""
        with ThreadPoolExecutor(max_workers=max(1, self._wanted.parallel)) as pool:
            jobs = [pool.submit(self._do, found, operation) for operation in operations]
        for job in jobs:
            job.result()

    def _do(self, found: RemoteRelease, operation: Operation) -> None:
        if isinstance(operation, Replace | Delete):
            self._forge.delete_asset(found, operation.old)
            self._tools.reporter.info(f"- {operation.old.name}")
        if not isinstance(operation, Delete | Keep):
            self._forge.upload(found, operation.asset)
            self._tools.reporter.info(f"+ {operation.asset.name}  {operation.asset.size:,} bytes")

    def _edit(self, found: RemoteRelease) -> RemoteRelease:
        """Bring name, notes and prerelease flag up to date where the caller has an opinion."""
        draft = self._wanted.draft
        if self._wanted.keep_notes and not self._created:
            body = (
                found.body
                if release.is_ours(found) or not found.draft
                else f"{found.body}\n\n{release.mark(found.tag)}".strip()
            )
            draft = msgspec.structs.replace(draft, body=body, name=found.name or draft.name)
        if (found.name, found.body.replace("\r\n", "\n"), found.prerelease) == (
            draft.name,
            draft.body,
            draft.prerelease,
        ):
            return found
        self._changed = True
        return self._forge.edit(found, draft)

    def _prove(self, found: RemoteRelease, *, changed: bool) -> tuple[RemoteAsset, ...]:
        """Compare size and digest of every asset with ours, as the forge tells them now."""
        observed = self._forge.assets(found)
        lacking = release.missing(self._wanted.assets, observed)
        if lacking and changed:
            raise Transient(f"not there with the right bytes: {', '.join(lacking)}")
        if lacking:
            hint = "nothing was published; look at the release and run again"
            raise IntegrityError(f"the release lacks the right bytes of: {', '.join(lacking)}", hint=hint)
        return observed

    def _latest(self) -> bool:
        """``latest`` goes to the highest final version, whatever the date."""
        if self._wanted.make_latest != "auto":
            return self._wanted.make_latest == "true"
        version = version_of_tag(self._wanted.draft.tag)
        if self._wanted.draft.prerelease or version is None:
            return not self._wanted.draft.prerelease
        others = (version_of_tag(tag) for tag in self._forge.published_tags())
        return all(other <= version for other in others if other)

    def _show(self, found: RemoteRelease, operations: tuple[Operation, ...]) -> None:
        tell: Callable[[str], None] = self._tools.reporter.info
        tell(f"{'use' if found.id else 'create'} the release {found.tag} {found.url}".rstrip())
        for operation in operations:
            name = operation.old.name if isinstance(operation, Delete | Keep) else operation.asset.name
            tell(f"{type(operation).__name__.lower()} {name}")
        if self._wanted.publish and found.draft:
            tell("publish")
