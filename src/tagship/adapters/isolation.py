"""Programs started without any network, in a Linux namespace of their own.

unshare(1) of util-linux: a new user namespace lets everybody make a new network namespace, in which not even the loopback
interface is up.
"""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from typing import Final

import msgspec
import msgspec.structs

from tagship.ports import Launch

_PREFIX: Final = ("unshare", "--map-root-user", "--net", "--")


def hindrance(environment: Mapping[str, str]) -> str:
    """Say why no network can be taken away here; empty when it can."""
    if sys.platform != "linux" or not shutil.which(_PREFIX[0], path=environment.get("PATH")):
        return "only Linux can start it without a network (unshare of util-linux)"
    return "" if _allowed() else "this machine lets nobody make namespaces, so it cannot be started without a network"


def without_network(launch: Launch) -> Launch:
    """Return the same start, without a network."""
    return msgspec.structs.replace(launch, argv=(*_PREFIX, *launch.argv))


@cache
def _allowed() -> bool:
    return not subprocess.run([*_PREFIX, "true"], capture_output=True, check=False, timeout=30).returncode
