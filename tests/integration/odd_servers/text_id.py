"""Makes a text of every id: 1 becomes "1"."""

import base

base.legacy(lambda message: base.say({**message, "id": str(message["id"])}))
