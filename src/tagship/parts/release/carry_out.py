"""What is done to the assets of a release, a few at a time; each operation can be cut off anywhere and found again."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from pathlib import Path
from threading import Event

import msgspec

from tagship.adapters import http
from tagship.adapters.files import sha256_of
from tagship.adapters.http import Conflict, Transient
from tagship.adapters.step_clock import StepClock
from tagship.domain.releases import operations as op
from tagship.domain.releases import reconcile, release
from tagship.domain.releases.operations import Operation
from tagship.domain.releases.release import Goal, LocalAsset, RemoteAsset, RemoteRelease
from tagship.errors import IntegrityError
from tagship.ports import Forge, Progress, Tools


class Carrier:
    """Carries out operations on assets; nothing is begun after a failure, and what is under way is waited for."""

    progress: Progress
    """Where to say how far it is; the last thing that is set before the work begins."""

    def __init__(self, forge: Forge, goal: Goal, tools: Tools, clock: StepClock, parallel: int) -> None:
        self._forge, self._goal, self._tools, self._clock = forge, goal, tools, clock
        self._parallel = max(1, parallel)
        self.uploaded = 0
        self.there: set[str] = set()
        """Names of the planned files that the forge is known to have."""

    def saw(self, observed: Sequence[RemoteAsset]) -> None:
        """Note which files are there."""
        lacking = release.missing(self._goal.assets, tuple(observed))
        self.there = {asset.name for asset in self._goal.assets} - set(lacking)

    def carry_out(self, found: RemoteRelease, todo: Iterable[Operation]) -> bool:
        """Do what is to be done to assets, in an order that a reader of the release never sees a lack by.

        Deletions that make room go first, then the files, then those that say that the rest is there, and last what a
        swap put aside.
        """
        work = [o for o in todo if isinstance(o, op.OnAsset) and not isinstance(o, op.Keep)]
        files = [o for o in work if not isinstance(o, op.Delete)]
        gone = [o for o in work if isinstance(o, op.Delete)]
        last = [o for o in files if op.name_of(o) in self._goal.last]
        self._each(found, [o for o in gone if not reconcile.is_aside(o.old.name)])
        self._each(found, [o for o in files if o not in last])
        self._each(found, last)
        self._each(found, [o for o in gone if reconcile.is_aside(o.old.name)])
        return bool(work)

    def _each(self, found: RemoteRelease, operations: Sequence[Operation]) -> None:
        if not operations:
            return
        failed = Event()

        def one(operation: Operation) -> None:
            """Do one, unless another failed: a limit is not answered with more requests."""
            if failed.is_set():
                return
            try:
                self._do(found, operation)
            except BaseException:
                failed.set()
                raise

        with ThreadPoolExecutor(max_workers=self._parallel) as pool:
            jobs = [pool.submit(one, operation) for operation in operations]
            try:
                wait(jobs, return_when=FIRST_EXCEPTION)
            finally:
                pool.shutdown(wait=True, cancel_futures=True)
        errors = [error for job in jobs if not job.cancelled() and (error := job.exception())]
        for error in sorted(errors, key=_rank):
            raise error

    def _do(self, found: RemoteRelease, operation: Operation) -> None:
        self._clock.check()
        match operation:
            case op.Delete(old=old):
                self._delete(found, old)
            case op.Upload(asset=asset):
                self._upload(found, asset)
            case op.Replace(old=old, asset=asset):
                self._delete(found, old)
                self._clock.check()
                self._upload(found, asset)
            case op.Rename(staged=staged, asset=asset):
                self._name(found, staged, asset)
            case op.Swap():
                self._swap(found, operation)

    def _swap(self, found: RemoteRelease, swap: op.Swap) -> None:
        """Exchange bytes that people download: the old ones stay in place until the new ones are there and proved.

        GitHub gives a name to one asset at a time, so the old one steps aside first: for one request the bytes are there
        under another name, and a run that dies there is finished by the next.
        """
        asset, staged = swap.asset, swap.staged
        if staged is None:
            staged = self._upload(found, msgspec.structs.replace(asset, name=reconcile.staged_name(asset)))
            self._clock.check()
        aside = self._forge.rename_asset(found, swap.old, reconcile.aside_name(asset))
        self._name(found, staged, asset)
        self._delete(found, aside)

    def _name(self, found: RemoteRelease, staged: RemoteAsset, asset: LocalAsset) -> None:
        named = self._forge.rename_asset(found, staged, asset.name)
        if release.missing((asset,), (named,)):
            raise Transient(f"{asset.name} is not there under its name yet")
        self._arrived(asset)

    def _delete(self, found: RemoteRelease, old: RemoteAsset) -> None:
        self._forge.delete_asset(found, old)
        self._tools.reporter.info(f"- {old.name}")

    def _upload(self, found: RemoteRelease, asset: LocalAsset) -> RemoteAsset:
        sent = self._forge.upload(found, asset, self._watch(asset))
        if release.missing((asset,), (sent,)):
            if sha256_of(Path(asset.path)) != asset.sha256:
                hint = "nothing was published; build again"
                raise IntegrityError("it changed while it was sent", file=asset.path, hint=hint)
            raise Transient(f"{sent.name} did not arrive as it was sent")
        self.uploaded += 1
        self._arrived(asset)
        return sent

    def _arrived(self, asset: LocalAsset) -> None:
        self.there.add(asset.name)
        self.progress.done(asset.name)
        self._tools.reporter.info(f"+ {asset.name}  {asset.size:,} bytes")

    def _watch(self, asset: LocalAsset) -> Callable[[int], None]:
        """Watch one upload: it has a time that its size decides, and a signal or the end of the step break it off."""
        began, patience = self._clock.monotonic(), http.time_for(asset.size)

        def watch(sent: int) -> None:
            self._clock.check_under_way()
            if self._clock.monotonic() - began > patience:
                raise Transient(f"the upload of {asset.name} is too slow: {sent:,} bytes in {patience:.0f} s")
            self.progress.sent(asset.name, sent)

        return watch


def _rank(error: BaseException) -> int:
    """Tell a final failure before one that may pass, and a wish to stop before both."""
    return 2 if isinstance(error, Transient | Conflict) else int(isinstance(error, Exception))
