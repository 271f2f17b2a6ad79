"""Which licence a text is, by words that only it has, and whether an SPDX expression speaks of it.

The texts and their identifiers: https://spdx.org/licenses/. A text that is not known for certain is none.
"""

import re
from collections.abc import Collection
from typing import Final

from tagship.domain.text.lazy_pattern import lazy

_WORDS: Final[tuple[tuple[str, str], ...]] = (
    ("AGPL-3.0", "gnu affero general public license version 3"),
    ("LGPL-2.1", "gnu lesser general public license version 2.1"),
    ("LGPL-3.0", "gnu lesser general public license version 3"),
    ("GPL-2.0", "gnu general public license version 2"),
    ("GPL-3.0", "gnu general public license version 3"),
    ("MPL-2.0", "mozilla public license version 2.0"),
    ("Apache-2.0", "apache license version 2.0"),
    ("BSL-1.0", "boost software license version 1.0"),
    ("CC0-1.0", "cc0 1.0 universal"),
    ("Unlicense", "this is free and unencumbered software released into the public domain"),
    ("BSD-3-Clause", "neither the name of"),
    ("BSD-2-Clause", "redistributions in binary form must reproduce the above copyright notice"),
    ("MIT", "permission is hereby granted free of charge to any person obtaining a copy of this software"),
    (
        "ISC",
        "permission to use copy modify and or distribute this software for any purpose with or without fee is hereby",
    ),
)
"""SPDX identifier and words: the first in a text are its own, later ones those of licences that it speaks of."""
_NOTICE: Final = "provided that the above copyright notice and this permission notice appear in all copies"
_HEAD: Final = 4000
"""Characters in which a licence says which one it is."""
_FILE: Final = lazy(r"(?:licen[cs]e|copying|unlicense)(?:[.-][\w.-]+)?", re.IGNORECASE)


def is_licence_file(name: str) -> bool:
    """Say whether a file of this name is a licence, as GitHub and PyPI look for it."""
    return _FILE.fullmatch(name) is not None and not name.lower().endswith((".py", ".js", ".ts", ".go", ".rs", ".json"))


def identify(text: str) -> str:
    """Return the SPDX identifier of a licence's text, without ``-only`` or ``-or-later``; empty when it is not known."""
    words = " ".join(re.findall(r"[a-z0-9.]+", re.sub(r"[,;:]|\.(?!\d)", " ", text[:_HEAD].lower())))
    found = [name for _, name in sorted((words.find(sign), name) for name, sign in _WORDS if sign in words)]
    first = next(iter(found), "")
    if first == "BSD-2-Clause" and "BSD-3-Clause" in found:
        return "BSD-3-Clause"  # the third clause follows the first two
    return "0BSD" if first == "ISC" and _NOTICE not in words else first


def agrees(expression: str, identified: Collection[str]) -> bool:
    """Say whether an SPDX expression names one of the licences whose texts are there."""
    named = {re.sub(r"(?:-only|-or-later|\+)$", "", each) for each in re.findall(r"[\w.+-]+", expression)}
    return bool(named & set(identified))
