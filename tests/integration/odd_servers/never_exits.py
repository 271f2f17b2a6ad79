"""Stays when its input is closed."""

import threading

import base

base.serve()
threading.Event().wait()
