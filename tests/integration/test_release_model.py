"""Any order of runs, faults, crashes and edits by others leaves a release that keeps the promises."""

import hashlib
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tagship.domain.releases.reconcile import is_temporary
from tests.fakes.github import Answer, Cut, Drop, GithubServer, Reset, Settings, Starter, secondary_limit
from tests.fakes.github.client import Client
from tests.fakes.github.values import Asset, Release
from tests.integration.release_here import Here, Ran
from tests.integration.release_run import TAG, is_publication
from tests.tools.node import openapi_description

NAMES = ("a.whl", "b.tar.gz", "c.txt")
BYTES = (b"one", b"two" * 40_000, b"three")
FAULTS = (Answer(status=502), secondary_limit(), Reset(), Drop(), Cut(after=1), Starter())
WHERE = (
    {"method": "POST", "path": r"/releases$"},
    {"method": "POST", "path": r"/assets$"},
    {"method": "PATCH", "path": r"/releases/\d+$"},
    {"method": "PATCH", "path": r"/assets/\d+$"},
    {"method": "DELETE"},
    {"method": "GET"},
)


class Releases(RuleBasedStateMachine):
    """One tag of one repository; we, others, and a network that fails."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.server: GithubServer | None = None

    @initialize(
        immutable=st.sampled_from([False, False, True]),
        lag=st.sampled_from([0, 0, 2]),
        digests=st.sampled_from([True, True, False]),
        released=st.sampled_from([True, True, False]),
    )
    def begin(self, immutable: bool, lag: int, digests: bool, released: bool) -> None:  # noqa: FBT001  (given by hypothesis)
        """Start a repository of one kind, perhaps with a release of an earlier build."""
        kind = Settings(owner="octo", name="demo", immutable_releases=immutable, list_lag=lag, asset_digests=digests)
        self.server = GithubServer([kind], description=openapi_description()).start()
        self.here = Here(root=Path(self.folder.name), server=self.server)
        self.client = Client(self.server)
        (self.here.root / "files").mkdir()
        self.files: dict[str, bytes] = {}
        self.pending: list[Any] = []
        for name, data in zip(NAMES, BYTES, strict=True):
            self.build(name, data)
        if released:
            assert self._release().code == 0
            self.build(NAMES[1], BYTES[2])

    @rule(name=st.sampled_from(NAMES), data=st.sampled_from(BYTES))
    def build(self, name: str, data: bytes) -> None:
        """Build a file anew."""
        self.files[name] = data
        (self.here.root / "files" / name).write_bytes(data)

    @rule(fault=st.sampled_from(FAULTS), where=st.sampled_from(WHERE), skip=st.integers(0, 3))
    def break_something(self, fault: Any, where: Any, skip: int) -> None:
        """Let one request of the next run fail."""
        self.pending.append((fault, skip, where))

    @rule(name=st.sampled_from((*NAMES, "foreign.zip")), data=st.sampled_from(BYTES), ours=st.booleans())
    def somebody_drafts(self, name: str, data: bytes, ours: bool) -> None:  # noqa: FBT001
        """Make another draft with a file."""
        if len([each for each in self.releases if each.draft]) < 2:
            body = "<!-- made by tagship: v1.0.0 -->" if ours else "drafted"
            self.client.upload(self.client.create(TAG, body=body), name, data)

    @precondition(lambda self: self.assets)
    @rule(number=st.integers(0, 9))
    def somebody_deletes(self, number: int) -> None:
        """Take a file off, where GitHub lets them."""
        asset = self.assets[number % len(self.assets)]
        self.client.call("DELETE", f"/releases/assets/{asset.id}")

    @precondition(lambda self: self.releases)
    @rule()
    def somebody_edits(self) -> None:
        """Change the notes by hand."""
        release = self.releases[0]
        self.client.call("PATCH", f"/releases/{release.id}", {"body": f"{release.body or ''}\nedited"})

    @rule(
        replace=st.booleans(),
        extra=st.sampled_from(["error", "keep", "delete"]),
        draft=st.booleans(),
        parallel=st.sampled_from([1, 4]),
    )
    def we_run(self, replace: bool, extra: str, draft: bool, parallel: int) -> None:  # noqa: FBT001
        """Release, with whatever is broken."""
        for fault, skip, where in self.pending:
            self.server.faults.add(fault, skip=skip, **where)
        self._release(on_different="replace" if replace else "auto", on_extra=extra, draft=draft, parallel=parallel)
        self.server.faults.clear()
        self.pending.clear()

    @rule(
        where=st.sampled_from(WHERE),
        skip=st.sampled_from([0, 0, 1]),
        moment=st.sampled_from([Reset(), Cut(), Drop()]),
        replace=st.sampled_from([True, True, False]),
        name=st.sampled_from(NAMES),
    )
    def we_die_and_run_again(self, where: Any, skip: int, moment: Any, replace: bool, name: str) -> None:  # noqa: FBT001
        """Build something anew, release, be cut off at some request (before, in, or after it), and release again."""
        self.build(name, BYTES[(BYTES.index(self.files[name]) + 1) % len(BYTES)])
        inputs = {"on_different": "replace" if replace else "auto", "on_extra": "keep"}
        self.server.faults.add(moment, skip=skip, last=True, **where)
        self._release(**inputs, retry_window=0, parallel=1)
        self.server.faults.clear()
        again = self._release(**inputs)
        assert again.code in {0, 4}, again.said

    @rule(replace=st.booleans())
    def we_finish(self, replace: bool) -> None:  # noqa: FBT001
        """With nothing broken a run ends: done, or refused for a reason; and a second one finds nothing to do."""
        inputs = {"on_different": "replace" if replace else "auto", "on_extra": "keep"}
        first = self._release(**inputs)
        assert first.code in {0, 4}, first.said
        if first.code == 0:
            before = len(self.writes)
            again = self._release(**inputs)
            assert (again.code, again.outputs and again.outputs.state) == (0, "unchanged"), again.said
            assert len(self.writes) == before

    def _release(self, **inputs: Any) -> Ran:
        """Run once, and compare before and after."""
        before, good = {each.id: each for each in self.assets}, set(self._good())
        mark, published = len(self.writes), {each.id for each in self.releases if not each.draft}
        ran = self.here.run(**inputs)
        self.server.quiesce()
        after = {each.id: each for each in self.assets}
        assert good <= set(after), f"good bytes were deleted\n{ran.said}"
        foreign = {key for key, each in before.items() if each.name == "foreign.zip" and each.state == "uploaded"}
        assert foreign <= set(after) or inputs.get("on_extra") == "delete", ran.said
        self._check_publication(published, mark, ran)
        if ran.code == 0:
            self._check_done(draft=inputs.get("draft", False), ran=ran)
        return ran

    def _good(self) -> list[int]:
        """Give the assets of the release in use that are as they shall be."""
        chosen = [each for each in self.releases if not each.draft] or self.releases
        right = {name: hashlib.sha256(data).hexdigest() for name, data in self.files.items()}
        return [
            each.id
            for each in self.assets
            if len(chosen) == 1
            and each.release_id == chosen[0].id
            and each.blob
            and right.get(each.name) == each.blob.sha256
        ]

    def _check_publication(self, published: set[int], mark: int, ran: Ran) -> None:
        """See that what this run published is complete, and that publishing was its last write."""
        for release in self.releases:
            if not release.draft and release.id not in published:
                assert self._right(release), f"published early\n{ran.said}"
        ours = self.writes[mark:]
        done = [number for number, entry in enumerate(ours) if is_publication(entry) and entry.status == 200]
        if any(not each.draft and each.id not in published for each in self.releases) and done:
            assert max(done) == len(ours) - 1

    def _check_done(self, *, draft: bool, ran: Ran) -> None:
        chosen = [each for each in self.releases if not each.draft] or self.releases[:1]
        assert ran.outputs
        (release,) = [each for each in self.releases if str(each.id) == ran.outputs.id]
        assert release in chosen or draft
        assert draft or not release.draft
        assert self._right(release), ran.said
        left = [each.name for each in self.assets if each.release_id == release.id and is_temporary(each.name)]
        assert not left

    def _right(self, release: Release) -> bool:
        there = {each.name: each.blob.sha256 for each in self.assets if each.release_id == release.id and each.blob}
        return all(there.get(name) == hashlib.sha256(data).hexdigest() for name, data in self.files.items())

    @property
    def releases(self) -> list[Release]:
        """All there are, oldest first."""
        return list(self.server.repository().releases.values()) if self.server else []

    @property
    def assets(self) -> list[Asset]:
        """All there are."""
        return list(self.server.repository().assets.values()) if self.server else []

    @property
    def writes(self) -> list[Any]:
        """What was asked for beyond looking."""
        return [entry for entry in self.server.journal.entries if entry.method != "GET"]

    @invariant()
    def nothing_contradicts_github(self) -> None:
        """Every request and answer fits GitHub's description, and a tag has one published release at most."""
        if self.server:
            assert self.server.violations == []
            assert len([each for each in self.releases if not each.draft]) <= 1

    def teardown(self) -> None:
        """Stop the server."""
        if self.server:
            self.server.stop()
        self.folder.cleanup()


TestReleases = Releases.TestCase
TestReleases.settings = settings(max_examples=40, stateful_step_count=12, deadline=None)
