"""Neither reads nor writes, nor ends."""

import threading

threading.Event().wait()
