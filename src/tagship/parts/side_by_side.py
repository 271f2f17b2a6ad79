"""Work that is done side by side, each piece after those it waits for."""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Final, TypeVar

from tagship.ports import Clock

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")
MOST: Final = 16
"""Pieces under way at once: they wait for remotes most of the time."""


def run(after: Mapping[str, Collection[str]], work: Callable[[str], None]) -> None:
    """Do each piece as soon as those named in ``after`` are done; an exception ends it once what is under way has ended."""
    order = TopologicalSorter(after)
    order.prepare()
    if len(after) == 1:
        work(next(iter(after)))
        return
    from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

    with ThreadPoolExecutor(min(len(after), MOST) or 1) as pool:
        running: dict[Future[None], str] = {}
        while order.is_active():
            running |= {pool.submit(work, piece): piece for piece in order.get_ready()}
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for each in done:
                each.result()
                order.done(running.pop(each))


def early(ask: Callable[[], T]) -> Callable[[], T]:
    """Begin to ask while other things are done; call what is returned for the answer, or for the exception."""
    answers: list[T] = []
    failed: list[Exception] = []

    def run() -> None:
        try:
            answers.append(ask())
        except Exception as error:  # noqa: BLE001  (raised again by whoever waits)
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()

    def answer() -> T:
        thread.join()
        if failed:
            raise failed[0]
        return answers[0]

    return answer


def within(seconds: float, pieces: Sequence[Callable[[], T]], clock: Clock) -> list[T | None]:
    """Ask all at once, and return what came in time, ``None`` for what did not; an exception of one is raised here.

    The threads are nobody's to wait for: a request that hangs ends with the process.
    """
    answers: list[T | None] = [None] * len(pieces)
    failed: list[Exception] = []

    def ask(number: int) -> None:
        try:
            answers[number] = pieces[number]()
        except Exception as error:  # noqa: BLE001  (raised again by whoever waits)
            failed.append(error)

    threads = [threading.Thread(target=ask, args=(number,), daemon=True) for number in range(len(pieces))]
    ends = clock.monotonic() + seconds
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, ends - clock.monotonic()))
    if failed:
        raise failed[0]
    return list(answers)
