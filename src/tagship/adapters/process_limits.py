"""Limits on a program that may be hostile, where the system lets them be set from outside (Linux).

Not the address space: Node.js, Go and Java reserve far more of it than they use. What counts is writable private memory
(``RLIMIT_DATA`` since Linux 4.7, see getrlimit(2)). Set from outside, since code between fork and exec is unsafe where there
are threads.
"""

import contextlib
from typing import Final

MEMORY: Final = 4 << 30
FILE_SIZE: Final = 4 << 30
CHILDREN: Final = 4096
"""Processes and threads of one user at once; a runner has some hundreds, a fork bomb any number."""


def apply(pid: int) -> None:
    """Limit memory, file sizes, processes and core dumps; what the system refuses or does not know is left out."""
    try:
        import resource

        prlimit = resource.prlimit
    except (ImportError, AttributeError):  # Windows; macOS
        return
    limits = (
        (resource.RLIMIT_DATA, MEMORY),
        (resource.RLIMIT_FSIZE, FILE_SIZE),
        (resource.RLIMIT_NPROC, CHILDREN),
        (resource.RLIMIT_CORE, 0),
    )
    for kind, most in limits:
        with contextlib.suppress(OSError, ValueError):
            _, hard = prlimit(pid, kind)
            lowered = most if hard == resource.RLIM_INFINITY else min(most, hard)
            prlimit(pid, kind, (lowered, lowered))
