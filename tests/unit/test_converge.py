"""The loop of release-assets where a forge misbehaves as no stand-in does: listings that lag, uploads that arrive broken."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tagship.adapters.http import Conflict, Transient
from tagship.adapters.progress import LogProgress
from tagship.adapters.step_clock import StepClock
from tagship.domain.releases.release import Goal, LocalAsset, ReleaseDraft, RemoteAsset, RemoteRelease, mark
from tagship.errors import RemoteRefused, RemoteUnreachable
from tagship.forges.directory import DirectoryForge
from tagship.parts.release.converge import Converger, Wanted
from tagship.ports import Tools, Watch

TAG = "v1.0.0"


class Still:
    """A clock that moves only by sleeping, and a reporter that keeps what it is told."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.said: list[str] = []
        self.clock = self.reporter = self

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds

    def info(self, message: str) -> None:
        self.said.append(message)

    @contextmanager
    def progress(self, files: object) -> Iterator[LogProgress]:
        assert files
        yield LogProgress({}, self, self.info)  # type: ignore[arg-type]


class Lagging(DirectoryForge):
    """Its listing shows a draft only when asked for the fourth time; the first upload breaks off."""

    made = listed = uploads = 0

    def create_draft(self, draft: ReleaseDraft) -> RemoteRelease:
        self.made += 1
        return super().create_draft(draft)

    def releases(self, tag: str) -> tuple[RemoteRelease, ...]:
        self.listed += 1
        return super().releases(tag) if self.listed >= 4 else ()

    def upload(self, release: RemoteRelease, asset: LocalAsset, watch: Watch) -> RemoteAsset:
        self.uploads += 1
        if self.uploads == 1:
            raise Transient("broke off")
        return super().upload(release, asset, watch)


class Corrupting(DirectoryForge):
    """Every upload arrives with other bytes."""

    def upload(self, release: RemoteRelease, asset: LocalAsset, watch: Watch) -> RemoteAsset:
        sent = super().upload(release, asset, watch)
        Path(sent.url).write_bytes(b"corrupt")
        return msgspec.structs.replace(sent, sha256="0" * 64)


class Refusing(DirectoryForge):
    """Says no to every upload."""

    asked = 0

    def upload(self, release: RemoteRelease, asset: LocalAsset, watch: Watch) -> RemoteAsset:
        watch(0)
        self.asked += 1
        raise Conflict(f"no {asset.name} on {release.tag}")


class Trickling(DirectoryForge):
    """The first upload goes on for ever, a byte a minute."""

    uploads = 0
    still: Any = None

    def upload(self, release: RemoteRelease, asset: LocalAsset, watch: Watch) -> RemoteAsset:
        self.uploads += 1
        for sent in range(1000) if self.uploads == 1 else ():
            watch(sent)
            self.still.sleep(30)
        return super().upload(release, asset, watch)


def converger(forge: DirectoryForge, folder: Path, still: Any, minutes: float = 100 / 60) -> Converger:
    """Ask for one file on a published release."""
    path = folder / "one.txt"
    path.write_bytes(b"one")
    digest = hashlib.sha256(b"one").hexdigest()
    goal = Goal(
        draft=ReleaseDraft(tag=TAG, commitish="", name=TAG, body=mark(TAG), prerelease=False),
        keep=frozenset(),
        assets=(LocalAsset(name="one.txt", path=str(path), size=3, sha256=digest, media_type="text/plain"),),
        last=(),
        publish=True,
        on_different="auto",
        on_extra="error",
    )
    wanted = Wanted(goal=goal, make_latest="auto", parallel=1, retry_window=10, dry_run=False)
    tools = Tools(shell=still, clock=still, reporter=still, environment={}, open_repository=still)
    return Converger(forge, wanted, tools, StepClock(still, minutes * 60))


def test_a_draft_that_is_not_listed_yet_is_not_made_again(tmp_path: Path) -> None:
    """GitHub's listing lags: the answer to the creation counts."""
    forge = Lagging(tmp_path / "releases")

    outcome = converger(forge, tmp_path, Still()).run()

    assert (forge.made, outcome.state, outcome.release.draft) == (1, "created", False)


def test_broken_uploads_are_never_published(tmp_path: Path) -> None:
    """Tried for the window, then given up with the draft left a draft."""
    forge, still = Corrupting(tmp_path / "releases"), Still()

    with pytest.raises(RemoteUnreachable, match="did not arrive as it was sent"):
        converger(forge, tmp_path, still).run()

    (left,) = forge.releases(TAG)
    assert left.draft
    assert 0 < still.seconds <= 10


def test_the_same_refusal_twice_is_final(tmp_path: Path) -> None:
    """Looked at again once, for another run may have been faster; then it is exit 4, not exit 5 after minutes."""
    forge = Refusing(tmp_path / "releases")

    with pytest.raises(RemoteRefused, match=r"no one.txt"):
        converger(forge, tmp_path, Still()).run()

    assert forge.asked == 2


def test_an_upload_has_a_time_that_its_size_decides(tmp_path: Path) -> None:
    """No step hangs for an hour (brightwave-inc/tidebreak#3476): three bytes have a minute, then they are sent again."""
    forge, still = Trickling(tmp_path / "releases"), Still()
    forge.still = still

    outcome = converger(forge, tmp_path, still, minutes=60).run()

    assert (forge.uploads, outcome.release.draft) == (2, False)
    assert any("the upload of one.txt is too slow" in line for line in still.said)
    assert still.seconds < 120


def test_the_end_of_the_step_breaks_an_upload_off(tmp_path: Path) -> None:
    """``timeout`` counts inside a file too."""
    forge, still = Trickling(tmp_path / "releases"), Still()
    forge.still = still

    with pytest.raises(RemoteUnreachable, match=r"not done after 0\.5 minutes"):
        converger(forge, tmp_path, still, minutes=0.5).run()
