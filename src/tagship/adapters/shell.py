"""The one place that runs programs: argument lists, explicit folder and environment, a time limit, no shell."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Final

from tagship.adapters import process_family
from tagship.errors import ProjectError
from tagship.ports import Finished

_PASSED_ON: Final = frozenset(
    {
        "PATH", "PATHEXT", "SYSTEMROOT", "SYSTEMDRIVE", "COMSPEC", "WINDIR", "TEMP", "TMP", "TMPDIR", "LANG", "LC_ALL",
        "HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "PROGRAMFILES", "PROGRAMDATA", "XDG_CACHE_HOME",
        "PROGRAMFILES(X86)", "PROGRAMW6432", "COMMONPROGRAMFILES", "PROCESSOR_ARCHITECTURE", "DEVELOPER_DIR", "SDKROOT",
        "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT", "NODE_EXTRA_CA_CERTS",
        "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy",
        "UV_CACHE_DIR", "UV_INDEX_URL", "UV_DEFAULT_INDEX", "UV_OFFLINE", "PIP_INDEX_URL", "PIP_CACHE_DIR", "RUNNER_TEMP",
        "CC", "CXX", "CFLAGS", "CXXFLAGS", "LDFLAGS", "MACOSX_DEPLOYMENT_TARGET", "RUSTUP_HOME", "CARGO_HOME",
        "GOPATH", "GOPROXY", "GOCACHE", "GOMODCACHE", "GOSUMDB", "GOPRIVATE", "GONOSUMDB", "GOTOOLCHAIN",
    }
)  # fmt: skip
_LINGERS: Final = 5.0
"""Seconds that the end of a program's output is waited for once it has ended itself."""
_BY_PIPE: Final = 1 << 16
"""What is written for a program up to this size never reaches a disk: keys and passphrases are that small."""


def scrubbed(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what project code may see: paths, locale, proxies and caches, and no token of any kind.

    An allow list: a secret that a job adds tomorrow stays out without anybody thinking of it.
    """
    return {name: value for name, value in environment.items() if name in _PASSED_ON or name.upper() in _PASSED_ON}


class SystemShell:
    """:class:`tagship.ports.Shell` over the operating system."""

    def run(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str] | None = None,
        timeout: float = 600,
        input_bytes: bytes | None = None,
        watch: Callable[[str], None] | None = None,
    ) -> Finished:
        """Run to the end and keep both streams; ``watch`` sees their lines as they come.

        Raises:
            ProjectError: the program is not there, or took longer than ``timeout`` seconds.

        """
        passed_on = dict(env) if env is not None else scrubbed(os.environ)
        try:
            if watch is not None:
                return _watched(list(argv), cwd, passed_on, timeout, watch)
            if input_bytes and len(input_bytes) <= _BY_PIPE:
                done = subprocess.run(
                    list(argv),
                    cwd=cwd,
                    env=passed_on,
                    input=input_bytes,
                    capture_output=True,
                    timeout=timeout,
                    check=False,
                )
                return Finished(code=done.returncode, out=done.stdout, err=done.stderr)
            import tempfile

            with tempfile.TemporaryFile() if input_bytes else open(os.devnull, "rb") as stdin:  # noqa: PTH123
                # a pipe would be filled by 512 bytes at a time
                if input_bytes:
                    stdin.write(input_bytes)
                    stdin.seek(0)
                done = subprocess.run(
                    list(argv), cwd=cwd, env=passed_on, stdin=stdin, capture_output=True, timeout=timeout, check=False
                )
        except FileNotFoundError:
            raise ProjectError(f"{argv[0]} is not installed", hint=f"install {argv[0]}, or put it on PATH") from None
        except subprocess.TimeoutExpired:
            raise ProjectError(
                f"{argv[0]} did not end within {timeout:.0f} s",
                hint="run the same command by hand to see what it waits for",
            ) from None
        return Finished(code=done.returncode, out=done.stdout, err=done.stderr)


def _watched(argv: list[str], cwd: Path, env: dict[str, str], timeout: float, watch: Callable[[str], None]) -> Finished:
    """Run and hand on each line as it comes; when the time is up, or somebody stops us, all that it started is killed."""
    kept: tuple[list[bytes], list[bytes]] = ([], [])
    one_at_a_time = threading.Lock()

    def follow(stream: IO[bytes], lines: list[bytes]) -> None:
        with stream:
            for line in stream:
                lines.append(line)
                with one_at_a_time:
                    watch(line.decode("utf-8", "replace").rstrip())

    process = subprocess.Popen(
        argv, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    streams = [stream for stream in (process.stdout, process.stderr) if stream is not None]
    readers = [threading.Thread(target=follow, args=pair, daemon=True) for pair in zip(streams, kept, strict=True)]
    for reader in readers:
        reader.start()
    try:
        _wait(process, timeout)
        _join(readers, _LINGERS)  # what it leaves behind may hold its streams for ever
    except BaseException:
        _kill(process)
        _join(readers, _LINGERS)
        raise
    return Finished(code=process.returncode, out=b"".join(kept[0]), err=b"".join(kept[1]))


def _join(readers: Sequence[threading.Thread], seconds: float) -> None:
    """Let what was said be read to its end, as long as that takes no longer."""
    until = time.monotonic() + seconds
    for reader in readers:
        reader.join(max(until - time.monotonic(), 0))


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a program and what it has started, which would go on without it. No group of its own: Ctrl-C reaches it, too."""
    if sys.platform == "win32":
        argv = ["taskkill", "/T", "/F", "/PID", str(process.pid)]
        subprocess.run(argv, capture_output=True, check=False, timeout=30)
    below = process_family.below(process.pid)
    process.kill()
    for pid in below:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def _wait(process: subprocess.Popen[bytes], timeout: float) -> None:
    """Wait in a thread, which hears of the end at once: ``Popen.wait`` with a time limit looks every 50 ms."""
    waiter = threading.Thread(target=process.wait, daemon=True)
    waiter.start()
    waiter.join(timeout)
    if waiter.is_alive():
        raise subprocess.TimeoutExpired(process.args, timeout)
