"""Which operations bring a release to where it shall be."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagship.domain.releases import operations as op
from tagship.domain.releases import reconcile, release
from tagship.domain.releases.operations import Operation
from tagship.domain.releases.release import Goal, LocalAsset, ReleaseDraft, RemoteAsset, RemoteRelease, Seen
from tagship.errors import IntegrityError, RemoteRefused, UsageError
from tagship.parts.release import released

NAMES = ("a.whl", "b.tar.gz", "c.json", "d")


def local(name: str, digit: str = "1", size: int = 1) -> LocalAsset:
    return LocalAsset(name=name, path=f"/dist/{name}", size=size, sha256=digit * 64, media_type="x/y")


def remote(name: str, digit: str = "1", size: int = 1, state: str = "uploaded") -> RemoteAsset:
    sha256 = digit * 64 if digit else ""
    return RemoteAsset(id=f"id-{name}", name=name, state=state, size=size, sha256=sha256, url="u")  # type: ignore[arg-type]


TEMPORARY = (reconcile.staged_name, reconcile.aside_name)

locals_ = st.lists(st.builds(local, st.sampled_from(NAMES), st.sampled_from("12")), unique_by=lambda a: a.name)
remotes = st.lists(
    st.builds(
        remote,
        st.sampled_from((*NAMES, *(name(local("a.whl", digit)) for digit in "12" for name in TEMPORARY))),
        st.sampled_from(["1", "2", ""]),
        st.sampled_from([1, 2]),
        st.sampled_from(["uploaded", "starter", "open"]),
    ),
    unique_by=lambda a: a.name,
)


def goal(desired: tuple[LocalAsset, ...], **more: object) -> Goal:
    draft = ReleaseDraft(
        tag="v1.0.0", commitish="", name="n", body=f"notes\n\n{release.mark('v1.0.0')}", prerelease=False
    )
    values = {"keep": frozenset(), "last": (), "publish": True, "on_different": "auto", "on_extra": "error", **more}
    return Goal(draft=draft, assets=desired, **values)  # type: ignore[arg-type]


def carried_out(observed: list[RemoteAsset], operations: tuple[Operation, ...]) -> list[RemoteAsset]:
    """Carry operations out on a model of the remote, which refuses what a real one refuses."""
    there = {asset.name: asset for asset in observed}

    def put(asset: LocalAsset) -> None:
        assert asset.name not in there
        there[asset.name] = msgspec.structs.replace(remote(asset.name, size=asset.size), sha256=asset.sha256)

    for operation in operations:
        if isinstance(operation, op.Keep):
            assert there[operation.old.name] == operation.old
        if isinstance(operation, op.Replace | op.Delete | op.Swap):
            assert there.pop(operation.old.name) == operation.old
        if isinstance(operation, op.Swap | op.Rename) and operation.staged:
            assert there.pop(operation.staged.name) == operation.staged
        if isinstance(operation, op.Upload | op.Replace | op.Swap | op.Rename):
            put(operation.asset)
    return list(there.values())


@given(
    locals_,
    remotes,
    st.booleans(),
    st.sampled_from(["auto", "replace", "error"]),
    st.sampled_from(["error", "keep", "delete"]),
)
def test_reconciling_converges(
    desired: list[LocalAsset],
    observed: list[RemoteAsset],
    published: bool,  # noqa: FBT001  (hypothesis hands it over)
    on_different: release.OnDifferent,
    on_extra: release.OnExtra,
) -> None:
    """After the operations nothing is missing, equal bytes were never touched, and a second run keeps everything."""
    wanted = {asset.name: asset for asset in desired}

    def decide(there: list[RemoteAsset]) -> tuple[Operation, ...]:
        asked = goal(tuple(desired), on_different=on_different, on_extra=on_extra)
        return reconcile.reconcile(asked, a_release(1, draft=not published), tuple(there))

    temporary = [a for a in observed if reconcile.is_temporary(a.name)]
    different = [a for a in observed if a.state == "uploaded" and a.name in wanted and not equal(wanted[a.name], a)]
    foreign = [a for a in observed if a.name not in wanted and a.state != "starter" and a not in temporary]
    try:
        operations = decide(observed)
    except RemoteRefused:
        assert different
        assert on_different == "error" or (on_different == "auto" and published)
        return
    except IntegrityError:
        assert foreign
        assert on_extra == "error"
        return
    assert not (foreign and on_extra == "error")
    assert not (different and (on_different == "error" or (on_different == "auto" and published)))
    touched = [operation.old for operation in operations if isinstance(operation, op.Replace | op.Delete | op.Swap)]
    assert not [old for old in touched if old.name in wanted and equal(wanted[old.name], old)]
    if published:
        gone = [o for o in operations if isinstance(o, op.Replace) and o.old.state == "uploaded"]
        assert not gone, "what people download is never taken away before the other bytes are there"
    after = carried_out(observed, operations)
    assert release.missing(tuple(desired), tuple(after)) == ()
    broken = [a for a in observed if published and a.state == "starter" and a not in temporary and a.name not in wanted]
    stays = broken + (foreign if on_extra == "keep" else [])
    assert {a.name for a in after} == {*wanted, *(a.name for a in stays)}
    assert all(isinstance(operation, op.Keep) for operation in decide(after))


def equal(asset: LocalAsset, there: RemoteAsset) -> bool:
    return (there.state, there.size, there.sha256) == ("uploaded", asset.size, asset.sha256)


@given(locals_, remotes)
def test_missing_is_what_is_not_there_with_the_right_bytes(
    desired: list[LocalAsset], observed: list[RemoteAsset]
) -> None:
    """Name, state, size and digest must all agree; a forge that tells no digest proves nothing."""
    there = {asset.name: asset for asset in observed}
    expected = [a.name for a in desired if a.name not in there or not equal(a, there[a.name])]
    assert list(release.missing(tuple(desired), tuple(observed))) == expected


def test_the_refusals_name_the_files() -> None:
    """So that a person can look at them."""
    there = (remote("a.whl", "2"), remote("d", size=9))
    with pytest.raises(RemoteRefused, match=r"published release has other bytes under: a\.whl, d;"):
        reconcile.reconcile(goal((local("d"), local("a.whl")), on_extra="keep"), a_release(1, draft=False), there)
    with pytest.raises(IntegrityError, match=r"does not know: c\.json, d"):
        reconcile.reconcile(goal(()), a_release(1), (remote("d"), remote("c.json")))


def said(asked: Goal, *releases: RemoteRelease, **assets: tuple[RemoteAsset, ...]) -> list[str]:
    """Plan, and put it into words."""
    seen = Seen(releases=releases, assets={each.id: assets.get(f"of{each.id}", ()) for each in releases})
    return [op.describe(operation) for operation in reconcile.plan(asked, seen)]


def test_the_whole_release_is_planned_in_order() -> None:
    """Draft first, the manifest last of the files, publication last of all."""
    asked = goal((local("m.release.json"), local("a.whl")), last=("m.release.json",))
    assert said(asked) == ["create a draft of v1.0.0", "upload a.whl", "upload m.release.json", "publish it"]
    assert said(msgspec.structs.replace(asked, publish=False))[-1] == "upload m.release.json"


def test_a_foreign_draft_is_adopted_before_anything_else() -> None:
    """So that a run that dies later is known by the next as one of ours."""
    first = said(goal((local("a.whl"),)), a_release(1))[0]
    assert first == "adopt https://example.org/1, which somebody else made"


def test_other_drafts_of_ours_are_merged_when_they_hold_nothing_else() -> None:
    """Equal files, broken uploads and leftovers are no loss; other bytes are, and stay."""
    asked, ours = goal((local("a.whl"),)), [a_release(number, ours=True) for number in (1, 2)]
    for held in ((), (remote("a.whl"),), (remote("x", state="starter"), remote(reconcile.staged_name(local("y"))))):
        assert "remove another draft of it, https://example.org/2" in said(asked, *ours, of2=held)
    for held in ((remote("a.whl", "2"),), (remote("other"),)):
        assert "leave another draft of it, https://example.org/2, for it holds other files" in said(
            asked, *ours, of2=held
        )
    order = said(asked, *ours)
    assert order.index("upload a.whl") < order.index("remove another draft of it, https://example.org/2")
    assert order[-1] == "publish it"


def test_an_immutable_release_is_only_looked_at() -> None:
    """Neither its title nor its notes are touched; a lack is refused."""
    published = msgspec.structs.replace(a_release(1, draft=False), immutable=True, name="another")
    asked = goal((local("a.whl"),))
    assert said(asked, published, of1=(remote("a.whl"),)) == [
        "only look at https://example.org/1: it is published and immutable", "keep a.whl",
    ]  # fmt: skip
    (refusal,) = said(asked, published)
    assert "it would need: upload a.whl" in refusal


def test_a_draft_that_came_too_late_goes_even_when_the_release_is_immutable() -> None:
    """Two runs at once: one has published before the other looks again, whose draft is left over."""
    published = msgspec.structs.replace(a_release(1, draft=False, ours=True), immutable=True)
    done = said(goal((local("a.whl"),)), published, a_release(2, ours=True), of1=(remote("a.whl"),))
    assert done[-1] == "remove another draft of it, https://example.org/2"


def test_a_swap_that_was_cut_off_goes_on_where_it_was() -> None:
    """Staged: not sent again. Put aside: the staged one gets the name. Named: what was put aside goes."""
    asset, asked = local("a.whl", "2"), goal((local("a.whl", "2"),), on_different="replace")
    staged = msgspec.structs.replace(remote(reconcile.staged_name(asset)), sha256=asset.sha256)
    aside, published = remote(reconcile.aside_name(asset)), a_release(1, draft=False, ours=True)

    def decided(*observed: RemoteAsset) -> list[Operation]:
        return list(reconcile.reconcile(asked, published, observed))

    assert decided(remote("a.whl")) == [op.Swap(old=remote("a.whl"), asset=asset, staged=None)]
    assert decided(remote("a.whl"), staged) == [op.Swap(old=remote("a.whl"), asset=asset, staged=staged)]
    assert decided(staged, aside) == [op.Rename(staged=staged, asset=asset), op.Delete(old=aside)]
    assert decided(remote("a.whl", "2"), aside) == [op.Keep(old=remote("a.whl", "2")), op.Delete(old=aside)]
    broken = msgspec.structs.replace(staged, state="starter")
    again = op.Swap(old=remote("a.whl"), asset=asset, staged=None)
    assert decided(remote("a.whl"), broken) == [op.Delete(old=broken), again], "a broken one blocks its name"


def test_what_github_wrote_below_our_notes_stays() -> None:
    """With ``generate-notes`` the notes are ours, the mark, and GitHub's; a second run finds nothing to change."""
    asked = goal(())
    asked = msgspec.structs.replace(asked, draft=msgspec.structs.replace(asked.draft, generate_notes=True))
    there = msgspec.structs.replace(
        a_release(1, draft=False, ours=True), body=asked.draft.body + "\n\n## What's Changed"
    )
    assert said(asked, there) == []
    assert reconcile.target(asked, there).body.endswith("What's Changed")


def a_release(number: int, *, draft: bool = True, ours: bool = False, tag: str = "v1.0.0") -> RemoteRelease:
    return RemoteRelease(
        id=str(number),
        tag=tag,
        draft=draft,
        prerelease=False,
        immutable=False,
        name="n",
        body=f"notes\n\n{release.mark(tag)}" if ours else "notes",
        url=f"https://example.org/{number}",
        upload_url="",
    )


@pytest.mark.parametrize(
    ("releases", "chosen"),
    [
        ((), None),
        ((a_release(1, tag="v2.0.0"),), None),
        ((a_release(1),), "1"),
        ((a_release(1), a_release(2, ours=True)), "2"),
        ((a_release(10, ours=True), a_release(9, ours=True)), "9"),
        ((a_release(1, ours=True), a_release(2, draft=False)), "2"),
        ((a_release(1), a_release(2), a_release(3, draft=False)), "3"),
    ],
)
def test_the_release_that_is_used(releases: tuple[RemoteRelease, ...], chosen: str | None) -> None:
    """The published one, else our oldest draft, else the only draft; whatever the order of the list."""
    for order in (releases, releases[::-1]):
        found = release.choose(order, "v1.0.0")
        assert (found.id if found else None) == chosen


def test_several_foreign_drafts_are_refused() -> None:
    """They are listed with their addresses."""
    with pytest.raises(RemoteRefused, match=r"2 drafts .*example\.org/1, https://example\.org/2"):
        release.choose((a_release(1), a_release(2)), "v1.0.0")


@pytest.mark.parametrize("tag", ["v1.0.0", "a--b", "x-->y", "<!-- -->", "----"])
def test_the_mark_is_one_hidden_comment(tag: str) -> None:
    """No tag ends the comment early, and the mark of one tag is not taken for another's."""
    mark = release.mark(tag)
    assert mark.startswith("<!-- ")
    assert mark.index("-->") == len(mark) - 3
    assert release.is_ours(a_release(1, ours=True, tag=tag))
    assert not release.is_ours(msgspec.structs.replace(a_release(1, ours=True, tag=tag), tag=f"{tag}1"))


class _Drafts:
    """A forge with nothing but drafts of a tag; ``asked`` is the one whose assets were asked for."""

    def __init__(self, *drafts: RemoteRelease) -> None:
        self.drafts = drafts
        self.asked = ""

    def releases(self, tag: str) -> tuple[RemoteRelease, ...]:
        return tuple(draft for draft in self.drafts if draft.tag == tag)

    def assets(self, found: RemoteRelease) -> tuple[RemoteAsset, ...]:
        self.asked = found.id
        return ()


def test_the_draft_that_is_verified_is_the_one_that_is_released(tmp_path: Path) -> None:
    """Ours goes before that of somebody else; of several that others made nobody knows which one is meant."""
    tools: Any = SimpleNamespace(clock=None, reporter=None)
    forge: Any = _Drafts(a_release(1), a_release(2, ours=True))
    with pytest.raises(UsageError, match="has no files"):
        released.fetch(forge, "v1.0.0", tmp_path, tools, window=1)
    assert forge.asked == "2"
    others: Any = _Drafts(a_release(1), a_release(2))
    with pytest.raises(RemoteRefused, match="none was made by tagship"):
        released.fetch(others, "v1.0.0", tmp_path, tools, window=1)
    with pytest.raises(UsageError, match="there is no release of v2"):
        released.fetch(others, "v2.0.0", tmp_path, tools, window=1)
