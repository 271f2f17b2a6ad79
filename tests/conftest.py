"""What all tests share: programs that tests start can be interrupted, also where the tests themselves cannot be."""

import os
import signal

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in a shell's background job; children would inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers() -> int:
    """How many tests `-n auto` runs at a time: more than cores, since most of them wait for programs and servers."""
    cores = os.process_cpu_count() if hasattr(os, "process_cpu_count") else os.cpu_count()
    return max(4, cores or 1)
