"""Stays when its input is closed, and when it is asked to end."""

import signal
import threading

import base

signal.signal(signal.SIGTERM, signal.SIG_IGN)
base.serve()
while True:
    threading.Event().wait()
