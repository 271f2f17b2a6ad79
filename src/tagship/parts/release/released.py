"""All files of a release, fetched into a folder to be looked at; nothing in them is believed."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from tagship.adapters.files import sha256_of
from tagship.domain.plans.artifact import collisions
from tagship.domain.releases.release import RemoteAsset, choose
from tagship.errors import IntegrityError, UsageError
from tagship.parts.retry import persist
from tagship.ports import Forge, Tools

T = TypeVar("T")
_PLAIN: Final = re.compile(r"[A-Za-z0-9_+@~.-]+")
_PARALLEL: Final = 4


def fetch(forge: Forge, tag: str, folder: Path, tools: Tools, *, window: float) -> list[Path]:
    """Fetch every asset of the published release of a tag, else of its draft.

    Raises:
        UsageError: there is no such release, or nothing in it.
        RemoteRefused: several drafts, and it is not known which one is meant.
        IntegrityError: an asset has a name that is no file's, or other bytes than the forge says.
        RemoteUnreachable: the forge kept failing.

    """

    def tried(attempt: Callable[[], T]) -> T:
        return persist(attempt, lambda: 0, window=window, tools=tools)

    release = choose(tried(lambda: forge.releases(tag)), tag)
    if release is None:
        hint = "mend `tag` or `repository`; a draft needs a token that may see it"
        raise UsageError(f"there is no release of {tag}", hint=hint)
    assets = [asset for asset in tried(lambda: forge.assets(release)) if asset.state == "uploaded"]
    if not assets:
        raise UsageError(f"the release {tag} has no files", hint="there is nothing to verify")
    check_names([asset.name for asset in assets])

    def fetch_one(asset: RemoteAsset) -> Path:
        path = folder / asset.name
        tried(lambda: forge.download(release, asset, path))
        if asset.sha256 not in {"", sha256_of(path)}:
            hint = "do not use it; something changes files on the way"
            raise IntegrityError("other bytes came than the forge says", file=asset.name, hint=hint)
        return path

    with tools.reporter.step(f"fetch {len(assets)} files of {tag}"), ThreadPoolExecutor(_PARALLEL) as pool:
        return list(pool.map(fetch_one, assets))


def check_names(names: list[str]) -> None:
    """See that assets can be files in a folder: nothing that a release says may lead out of it.

    Raises:
        IntegrityError: a name that is no plain file's, or that occurs twice.

    """
    wrong = [name for name in names if not _PLAIN.fullmatch(name) or set(name) == {"."}] or collisions(names)
    if wrong:
        hint = "do not use this release; file names are plain, and none occurs twice"
        raise IntegrityError("an asset of this name cannot be a file", file=repr(wrong[0])[:120], hint=hint)
