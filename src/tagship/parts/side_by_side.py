"""Work that is done side by side, each piece after those it waits for."""

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from graphlib import TopologicalSorter
from typing import Final

MOST: Final = 16
"""Pieces under way at once: they wait for remotes most of the time."""


def run(after: Mapping[str, Collection[str]], work: Callable[[str], None]) -> None:
    """Do each piece as soon as those named in ``after`` are done; an exception ends it once what is under way has ended."""
    order = TopologicalSorter(after)
    order.prepare()
    if len(after) == 1:
        work(next(iter(after)))
        return
    with ThreadPoolExecutor(min(len(after), MOST) or 1) as pool:
        running: dict[Future[None], str] = {}
        while order.is_active():
            running |= {pool.submit(work, piece): piece for piece in order.get_ready()}
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for each in done:
                each.result()
                order.done(running.pop(each))
