"""Is killed while it answers, as when memory runs out."""

import os
import signal

import base

base.serve(lambda _: os.kill(os.getpid(), signal.SIGKILL))
