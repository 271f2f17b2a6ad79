"""Signing many files: as many at a time as a signer allows, until all are signed or a remote has failed for too long."""

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from functools import partial
from pathlib import Path
from typing import TypeVar

from tagship.parts.retry import persist
from tagship.ports import Attester, FileToSign, Signer, Tools

K = TypeVar("K")


def sign_all(signer: Signer, files: Sequence[FileToSign], *, window: float, tools: Tools) -> dict[Path, bytes]:
    """Return a signature for each file, by its path; ``window`` (seconds) is how long a remote may keep failing.

    Raises:
        RemoteUnreachable: it kept failing; nothing is signed by halves, for nothing is written here.
        TagshipError: whatever else a signer raises.

    """
    work: dict[Path, Callable[[], bytes]] = {file.path: partial(signer.sign, file) for file in files}
    return _all_done(work, signer.parallel, window, tools)


def attest_all(signer: Attester, statements: Sequence[bytes], *, window: float, tools: Tools) -> list[bytes]:
    """Return a bundle for each statement, in their order; for the rest like :func:`sign_all`."""
    work: dict[int, Callable[[], bytes]] = {
        number: partial(signer.attest, each) for number, each in enumerate(statements)
    }
    made = _all_done(work, signer.parallel, window, tools)
    return [made[number] for number in range(len(statements))]


def _all_done(work: dict[K, Callable[[], bytes]], parallel: int, window: float, tools: Tools) -> dict[K, bytes]:
    done: dict[K, bytes] = {}

    def attempt() -> dict[K, bytes]:
        left = {key: make for key, make in work.items() if key not in done}
        if parallel == 1:
            for key, make in left.items():
                done[key] = make()
        else:
            _side_by_side(left, done, parallel)
        return done

    return persist(attempt, lambda: len(done), window=window, tools=tools)


def _side_by_side(work: dict[K, Callable[[], bytes]], done: dict[K, bytes], parallel: int) -> None:
    """Do the work in threads; the first failure ends it, when what is under way has ended and is kept."""
    with ThreadPoolExecutor(max_workers=parallel) as pool:
        futures: dict[Future[bytes], K] = {pool.submit(make): key for key, make in work.items()}
        finished, open_ones = wait(futures, return_when=FIRST_EXCEPTION)
        for future in open_ones:
            future.cancel()
        finished |= wait([future for future in open_ones if not future.cancelled()]).done
        failures = [error for future in finished if (error := future.exception())]
        done.update({futures[future]: future.result() for future in finished if not future.exception()})
    if failures:
        raise failures[0]
