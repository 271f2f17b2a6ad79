"""Runs the command in forked children that die by SIGKILL before their n-th change or request; imports are made once.

``python dying.py ROOT COMMAND…`` reads numbers, one a line, and answers each with the child's end (negative: its signal) and
how many changes and requests it came to. Zero lets the child live. Counted are files below ROOT that are opened to be
written, renamed or removed, and HTTP requests when their first byte is about to be sent.
"""

import importlib
import os
import signal
import sys
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any, Final

_WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_METHODS: Final = (b"GET ", b"POST ")


class Counter:
    """An audit hook (PEP 578)."""

    def __init__(self, root: str, fatal: int) -> None:
        self._root, self._fatal = root, fatal
        self._numbers, self.reached = count(1), 0

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        """Count an event, or die of it."""
        if not self._counts(event, args):
            return
        self.reached = next(self._numbers)
        if self.reached == self._fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    def _counts(self, event: str, args: tuple[Any, ...]) -> bool:
        if event == "http.client.send":
            return isinstance(args[1], bytes) and args[1].startswith(_METHODS)
        if not args or not isinstance(args[0], str | Path) or not str(args[0]).startswith(self._root):
            return False
        return event == "os.rename" or (event == "os.remove" and os.path.lexists(args[0])) or _writes(event, args)


def _writes(event: str, args: tuple[Any, ...]) -> bool:
    return event == "open" and bool(args[2] & _WRITING)


def child(root: str, arguments: list[str], fatal: int, answer: int) -> None:
    """Be the command; tell how far it came, and what it imported."""
    from tagship import cli

    counter = Counter(root, fatal)
    sys.addaudithook(counter)
    code = cli.main(arguments)
    os.write(answer, f"{counter.reached} {' '.join(sorted(sys.modules))}".encode())
    sys.stderr.flush()
    os._exit(code)


def run(root: str, arguments: list[str], fatal: int) -> tuple[int, str]:
    """Fork, wait, and import what the child had to."""
    reading, writing = os.pipe()
    process = os.fork()
    if not process:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        child(root, arguments, fatal, writing)
    os.close(writing)
    with os.fdopen(reading) as stream:
        reached, *modules = stream.read().split() or ["0"]
    end = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    for name in modules:
        with suppress(ImportError):
            importlib.import_module(name)
    return end, reached


if __name__ == "__main__":
    for line in sys.stdin:
        end, reached = run(sys.argv[1], sys.argv[2:], int(line))
        sys.stdout.write(f"{end} {reached}\n")
        sys.stdout.flush()
