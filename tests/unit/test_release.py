"""Which operations bring a release to where it shall be."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagship.domain import release
from tagship.domain.release import Delete, Keep, LocalAsset, Operation, RemoteAsset, RemoteRelease, Replace, Upload
from tagship.errors import IntegrityError, RemoteRefused

NAMES = ("a.whl", "b.tar.gz", "c.json", "d")


def local(name: str, digit: str = "1", size: int = 1) -> LocalAsset:
    return LocalAsset(name=name, path=f"/dist/{name}", size=size, sha256=digit * 64, media_type="x/y")


def remote(name: str, digit: str = "1", size: int = 1, state: str = "uploaded") -> RemoteAsset:
    sha256 = digit * 64 if digit else ""
    return RemoteAsset(id=f"id-{name}", name=name, state=state, size=size, sha256=sha256, url="u")  # type: ignore[arg-type]


locals_ = st.lists(st.builds(local, st.sampled_from(NAMES), st.sampled_from("12")), unique_by=lambda a: a.name)
remotes = st.lists(
    st.builds(
        remote,
        st.sampled_from(NAMES),
        st.sampled_from(["1", "2", ""]),
        st.sampled_from([1, 2]),
        st.sampled_from(["uploaded", "starter", "open"]),
    ),
    unique_by=lambda a: a.name,
)


def apply(observed: list[RemoteAsset], operations: tuple[Operation, ...]) -> list[RemoteAsset]:
    """Carry operations out on a model of the remote, which refuses what a real one refuses."""
    there = {asset.name: asset for asset in observed}
    for operation in operations:
        if isinstance(operation, Replace | Delete):
            assert there.pop(operation.old.name) == operation.old
        if isinstance(operation, Upload | Replace):
            asset = operation.asset
            assert asset.name not in there
            there[asset.name] = msgspec.structs.replace(remote(asset.name, size=asset.size), sha256=asset.sha256)
        if isinstance(operation, Keep):
            assert there[operation.old.name] == operation.old
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
        return release.reconcile(
            tuple(desired), tuple(there), published=published, on_different=on_different, on_extra=on_extra
        )

    different = [a for a in observed if a.state == "uploaded" and a.name in wanted and not equal(wanted[a.name], a)]
    foreign = [a for a in observed if a.name not in wanted and a.state != "starter"]
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
    touched = [operation.old for operation in operations if isinstance(operation, Replace | Delete)]
    assert not [old for old in touched if old.name in wanted and equal(wanted[old.name], old)]
    after = apply(observed, operations)
    assert release.missing(tuple(desired), tuple(after)) == ()
    harmless = [a for a in observed if published and a.state == "starter"]
    stays = harmless + (foreign if on_extra == "keep" else [])
    assert {a.name for a in after} == {*wanted, *(a.name for a in stays)}
    assert all(isinstance(operation, Keep) for operation in decide(after))


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
    with pytest.raises(RemoteRefused, match=r"published release has other bytes under: a\.whl, d;"):
        release.reconcile(
            (local("d"), local("a.whl")), (remote("a.whl", "2"), remote("d", size=9)),
            published=True, on_different="auto", on_extra="keep",
        )  # fmt: skip
    with pytest.raises(IntegrityError, match=r"does not know: c\.json, d"):
        release.reconcile((), (remote("d"), remote("c.json")), published=False, on_different="auto", on_extra="error")


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
