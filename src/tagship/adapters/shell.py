"""The one place that runs programs: argument lists, explicit folder and environment, a time limit, no shell."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from tagship.errors import ProjectError
from tagship.ports import Finished

_PASSED_ON: Final = frozenset(
    {
        "PATH", "PATHEXT", "SYSTEMROOT", "SYSTEMDRIVE", "COMSPEC", "WINDIR", "TEMP", "TMP", "TMPDIR", "LANG", "LC_ALL",
        "HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "PROGRAMFILES", "PROGRAMDATA", "XDG_CACHE_HOME",
        "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT", "NODE_EXTRA_CA_CERTS",
        "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy",
        "UV_CACHE_DIR", "UV_INDEX_URL", "UV_DEFAULT_INDEX", "UV_OFFLINE", "PIP_INDEX_URL", "PIP_CACHE_DIR", "RUNNER_TEMP",
        "CC", "CXX", "CFLAGS", "LDFLAGS", "MACOSX_DEPLOYMENT_TARGET", "RUSTUP_HOME", "CARGO_HOME", "GOPATH", "GOPROXY",
    }
)  # fmt: skip


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
    ) -> Finished:
        """Run to the end and keep both streams.

        Raises:
            ProjectError: the program is not there, or took longer than ``timeout`` seconds.

        """
        try:
            done = subprocess.run(
                list(argv),
                cwd=cwd,
                env=dict(env) if env is not None else scrubbed(os.environ),
                input=input_bytes if input_bytes is not None else b"",
                capture_output=True,
                timeout=timeout,
                check=False,
            )
        except FileNotFoundError:
            raise ProjectError(f"{argv[0]} is not installed", hint=f"install {argv[0]}, or put it on PATH") from None
        except subprocess.TimeoutExpired:
            raise ProjectError(
                f"{argv[0]} did not end within {timeout:.0f} s",
                hint="run the same command by hand to see what it waits for",
            ) from None
        return Finished(code=done.returncode, out=done.stdout, err=done.stderr)
