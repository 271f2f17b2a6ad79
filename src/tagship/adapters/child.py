"""A program that is spoken to while it runs, and that may be hostile: its own process group, bounded memory, no way to stay.

:class:`~tagship.adapters.shell.SystemShell` runs programs to their end; this is for the ones that are talked with.
"""

import contextlib
import os
import queue
import secrets
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Final

import msgspec

from tagship.adapters import process_family, process_limits
from tagship.ports import Shell

_CHUNK: Final = 1 << 16
_WAITING: Final = 1000
"""Messages that may wait for a program that does not read."""
_WINDOWS: Final = os.name == "nt"
_RUNNING: Final[set["Child"]] = set()


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """How a program ended: exit code, or the signal's number as a negative one; ``forced`` is what it took."""

    code: int
    forced: str = ""
    left_behind: bool = False


def kill_all() -> None:
    """Kill all programs that run: whoever waits for one of them hears at once that it is gone."""
    for child in list(_RUNNING):
        child.kill()


class Child:
    """One running program.

    ``out`` and ``err`` are called in threads of their own with the bytes as they come; ``out`` returns whether it wants more.
    ``b""`` is the end.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        shell: Shell,
        out: Callable[[bytes], bool],
        err: Callable[[bytes], bool],
        limited: bool = True,
    ) -> None:
        self._shell = shell
        self._mark = f"{process_family.MARK}={secrets.token_hex(8)}"
        name, _, value = self._mark.partition("=")
        flags = subprocess.CREATE_NEW_PROCESS_GROUP if _WINDOWS else 0  # type: ignore[attr-defined,unused-ignore]
        self._process = subprocess.Popen(
            list(argv), cwd=cwd, env={**env, name: value}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, bufsize=0, start_new_session=not _WINDOWS, creationflags=flags,
        )  # fmt: skip
        if limited:
            process_limits.apply(self._process.pid)
        self._code: int | None = None
        self._used_memory: int | None = None
        self._gone = threading.Event()
        self._to_write: queue.Queue[bytes | None] = queue.Queue(_WAITING)
        streams = (self._process.stdout, out), (self._process.stderr, err)
        _RUNNING.add(self)
        self._readers = [_thread(_read, stream, wanted) for stream, wanted in streams if stream]
        self._writer = _thread(self._write)
        self._waiter = _thread(self._wait)

    def write(self, data: bytes) -> bool:
        """Have bytes written; ``False`` when too many wait already for a program that does not read."""
        try:
            self._to_write.put_nowait(data)
        except queue.Full:
            return False
        return True

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return not self._gone.is_set()

    def peak_memory(self) -> int | None:
        """Return the largest resident size so far, in bytes, of it and its children; ``None`` where nobody tells, or too late."""
        if process_family.TOLD:
            return process_family.peak_memory(self._process.pid) if self.running else None
        return self._used_memory

    def kill(self) -> None:
        """Kill it, if it has not ended."""
        if self.running:
            self._signal("SIGKILL")

    def wait(self, seconds: float) -> bool:
        """Wait for its end; whether it came."""
        return self._gone.wait(seconds)

    def end(self, *, patience: float, force: float) -> Ended:
        """Close its input and wait; then ask it to end, then make it; nothing that it started stays.

        https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle#stdio: closed input, SIGTERM, SIGKILL.
        """
        forced = ""
        with contextlib.suppress(queue.Full):
            self._to_write.put_nowait(None)
        if not self.wait(patience):
            forced = "terminated"
            self._signal("SIGTERM")
            if not self.wait(force):
                forced = "killed"
                self._signal("SIGKILL")
                self.wait(force)
        left_behind = self._end_family(force)
        with contextlib.suppress(queue.Full):  # now that nobody reads, what waited is thrown away, and there is room
            self._to_write.put(None, timeout=force)
        for thread in (*self._readers, self._writer, self._waiter):
            thread.join(force)
        self._close()
        return Ended(code=self._code if self._code is not None else -9, forced=forced, left_behind=left_behind)

    def _end_family(self, force: float) -> bool:
        """End what is left of its group and what left the group; whether there was anything that did not go by itself."""
        if _WINDOWS:
            return False
        stayed = process_family.wait_until_gone(self._process.pid, self._mark, seconds=min(force, 0.5))
        if stayed:
            self._signal("SIGKILL")
            process_family.kill_marked(self._mark)
        return stayed

    def _signal(self, name: str) -> None:
        if _WINDOWS:
            argv = ("taskkill", "/T", "/F", "/PID", str(self._process.pid))
            self._shell.run(argv, cwd=Path.cwd(), timeout=30)
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, getattr(signal, name))

    def _wait(self) -> None:
        """Wait with ``wait4``, which alone tells the memory that was used."""
        if hasattr(os, "wait4"):
            _, status, usage = os.wait4(self._process.pid, 0)
            self._code = os.waitstatus_to_exitcode(status)
            self._used_memory = usage.ru_maxrss * process_family.MAXRSS_UNIT
            self._process.returncode = self._code
        else:
            self._code = self._process.wait()
        self._gone.set()
        _RUNNING.discard(self)

    def _write(self) -> None:
        stdin = self._process.stdin
        assert stdin is not None  # noqa: S101  (asked for with PIPE)
        while (data := self._to_write.get()) is not None:
            with contextlib.suppress(OSError):  # it reads no longer: what it says, or that it ended, is what counts
                stdin.write(data)
        with contextlib.suppress(OSError):
            stdin.close()

    def _close(self) -> None:
        """Close the pipes whose thread is done: a descriptor that is still read must not be used for something else."""
        for stream, reader in zip((self._process.stdout, self._process.stderr), self._readers, strict=True):
            if stream and not reader.is_alive():
                stream.close()
        if self._process.stdin and not self._writer.is_alive():
            with contextlib.suppress(OSError):
                self._process.stdin.close()


def _thread(target: Callable[..., None], *arguments: object) -> threading.Thread:
    thread = threading.Thread(target=target, args=arguments, daemon=True)
    thread.start()
    return thread


def _read(stream: IO[bytes], wanted: Callable[[bytes], bool]) -> None:
    with contextlib.suppress(OSError):
        while (data := os.read(stream.fileno(), _CHUNK)) and wanted(data):
            pass
    wanted(b"")
