"""From the release as a forge has it to the release as it shall be: a list of operations, decided before the first of them.

Pure data: the same list is printed by a dry run, carried out by a run, and found shorter by the run after a crash.
"""

import re
from typing import Final

import msgspec

from tagship.domain.plans.planning import version_of_tag
from tagship.domain.releases import operations as op
from tagship.domain.releases.operations import Operation
from tagship.domain.releases.release import (
    Goal,
    LocalAsset,
    ReleaseDraft,
    RemoteAsset,
    RemoteRelease,
    Seen,
    choose,
    duplicates,
    is_equal,
    is_ours,
    mark,
    same_text,
)
from tagship.errors import IntegrityError, RemoteRefused

_TEMPORARY: Final = re.compile(r"\.[0-9a-f]{16}\.tagship-(?:new|old)$")
_LONGEST: Final = 200


def plan(goal: Goal, seen: Seen) -> tuple[Operation, ...]:
    """Say all that is to be done, in order; or that all of it is refused, and nothing else.

    Refused are several foreign drafts, other bytes on a published release, an immutable one that lacks something, and, where
    ``on_extra`` is ``error``, assets that nobody planned.
    """
    try:
        return _plan(goal, seen)
    except (RemoteRefused, IntegrityError) as error:
        problem = error.problems[0]
        integrity = isinstance(error, IntegrityError)
        return (op.Refuse(message=problem.message, hint=problem.hint, integrity=integrity),)


def _plan(goal: Goal, seen: Seen) -> tuple[Operation, ...]:
    found = choose(seen.releases, goal.draft.tag)
    if found is None:
        uploads = tuple(op.Upload(asset=asset) for asset in sorted(goal.assets, key=lambda a: a.name in goal.last))
        return (op.Create(draft=goal.draft), *uploads, *((op.Publish(),) if goal.publish else ()))
    assets = reconcile(goal, found, seen.assets[found.id])
    # Another run may have published while this one made a draft: that draft goes, immutable or not.
    merges = tuple(_merge(goal, each, seen.assets[each.id]) for each in duplicates(seen.releases, found))
    if found.immutable:
        return (op.Verify(release=found), *_nothing_to_do(found, assets), *merges)
    publication = (op.Publish(),) if goal.publish and found.draft else ()
    return (*_edits(goal, found), *assets, *merges, *publication)


def reconcile(goal: Goal, found: RemoteRelease, observed: tuple[RemoteAsset, ...]) -> tuple[Operation, ...]:
    """Say what to do asset by asset; equal bytes are never sent or deleted again.

    Raises:
        RemoteRefused: a published release has other bytes under a planned name.
        IntegrityError: the release has assets that nobody planned and ``on_extra`` is ``error``.

    """
    there, published = {asset.name: asset for asset in observed}, not found.draft
    wanted = {asset.name for asset in goal.assets}
    planned = [_operation(asset, there, published=published) for asset in goal.assets]
    _refuse_different(planned, goal, published=published)
    extras = [asset for asset in observed if asset.name not in wanted]
    used = {o.staged.name for o in planned if isinstance(o, op.Swap | op.Rename) and o.staged}
    leftovers = [asset for asset in extras if is_temporary(asset.name) and asset.name not in used]
    broken = [asset for asset in extras if asset.state == "starter" and not is_temporary(asset.name)]
    foreign = [asset for asset in extras if asset not in broken and not is_temporary(asset.name)]
    if foreign and goal.on_extra == "error":
        names = ", ".join(sorted(asset.name for asset in foreign))
        hint = "set on-extra to keep or delete, or take them off the release"
        raise IntegrityError(f"the release has assets that the plan does not know: {names}", hint=hint)
    first = [op.Keep(old=asset) if published else op.Delete(old=asset) for asset in broken]
    first += [op.Delete(old=asset) if goal.on_extra == "delete" else op.Keep(old=asset) for asset in foreign]
    first += [op.Delete(old=asset) for asset in leftovers if not is_aside(asset.name)]  # a broken one blocks its name
    planned.sort(key=lambda o: op.name_of(o) in goal.last)
    return (*first, *planned, *(op.Delete(old=asset) for asset in leftovers if is_aside(asset.name)))


def staged_name(asset: LocalAsset) -> str:
    """Name the bytes that are to take the place of others, until they are there and proved."""
    return f"{asset.name[:_LONGEST]}.{asset.sha256[:16]}.tagship-new"


def aside_name(asset: LocalAsset) -> str:
    """Name the bytes whose place was taken, until they go."""
    return f"{asset.name[:_LONGEST]}.{asset.sha256[:16]}.tagship-old"


def is_temporary(name: str) -> bool:
    """Whether only a swap of ours names an asset so."""
    return _TEMPORARY.search(name) is not None


def is_aside(name: str) -> bool:
    """Whether these are bytes whose place was taken: they stay until all else is done."""
    return is_temporary(name) and name.endswith("-old")


def target(goal: Goal, found: RemoteRelease) -> ReleaseDraft:
    """Say what an existing release shall look like."""
    draft, keep = goal.draft, goal.keep
    body, name, prerelease = draft.body, draft.name, draft.prerelease
    if "body" in keep:
        adopted = found.draft and not is_ours(found)
        body = f"{found.body.strip()}\n\n{mark(found.tag)}".strip() if adopted else found.body
    elif draft.generate_notes:
        body += found.body.partition(mark(found.tag))[2]  # GitHub writes its notes below ours, when the draft is made
    if "name" in keep and found.name:
        name = found.name
    if "prerelease" in keep and (not found.draft or version_of_tag(found.tag) is None):
        prerelease = found.prerelease
    return msgspec.structs.replace(draft, body=body, name=name, prerelease=prerelease)


def _edits(goal: Goal, found: RemoteRelease) -> tuple[Operation, ...]:
    """Adopt a foreign draft; else bring title, notes and flags up to date where the caller has an opinion."""
    wanted = target(goal, found)
    if found.draft and not is_ours(found):
        return (op.Adopt(release=found, target=wanted),)
    moved = found.draft and wanted.commitish not in {"", found.commitish}
    said = (found.name, found.prerelease) != (wanted.name, wanted.prerelease)
    differs = moved or said or not same_text(found.body, wanted.body)
    return (op.Edit(release=found, target=wanted),) if differs else ()


def _operation(asset: LocalAsset, there: dict[str, RemoteAsset], *, published: bool) -> Operation:
    """Decide for one asset; on a published release no moment may lack the bytes that people download."""
    old, staged = there.get(asset.name), there.get(staged_name(asset))
    staged = staged if is_equal(asset, staged) else None
    if old is not None and is_equal(asset, old):
        return op.Keep(old=old)
    if old is None:
        return op.Rename(staged=staged, asset=asset) if staged else op.Upload(asset=asset)
    if published and old.state == "uploaded":
        return op.Swap(old=old, asset=asset, staged=staged)
    return op.Replace(old=old, asset=asset)


def _refuse_different(planned: list[Operation], goal: Goal, *, published: bool) -> None:
    replaced = [o for o in planned if isinstance(o, op.Replace | op.Swap) and o.old.state == "uploaded"]
    if not replaced or goal.on_different == "replace" or (goal.on_different == "auto" and not published):
        return
    where = "published release" if published else "draft"
    raise RemoteRefused(
        f"the {where} has other bytes under: {', '.join(sorted(o.asset.name for o in replaced))}; nothing was changed",
        hint="release a new version; or, where the release is mutable, set on-different to replace",
    )


def _nothing_to_do(found: RemoteRelease, assets: tuple[Operation, ...]) -> tuple[Operation, ...]:
    needed = [op.describe(operation) for operation in assets if not isinstance(operation, op.Keep)]
    if needed:
        hint = "an immutable release cannot change: release a new version"
        raise RemoteRefused(f"{found.tag} is published and immutable; it would need: {', '.join(needed)}", hint=hint)
    return assets


def _merge(goal: Goal, other: RemoteRelease, assets: tuple[RemoteAsset, ...]) -> Operation:
    """Say whether a second draft of ours holds nothing that the release will not have."""
    wanted = {asset.name: asset for asset in goal.assets}
    own = [a for a in assets if a.state == "uploaded" and not is_temporary(a.name)]
    same = all(a.name in wanted and is_equal(wanted[a.name], a) for a in own)
    return op.Merge(release=other) if same else op.Leave(release=other)
