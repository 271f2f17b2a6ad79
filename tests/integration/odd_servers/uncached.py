"""Says of its lists neither how long they are good nor for whom, as versions with a handshake did not."""

import base


def send(message: base.Message) -> None:
    for name in ("ttlMs", "cacheScope"):
        message.get("result", {}).pop(name, None)
    base.say(message)


base.serve(send)
