"""One line about a program, as package managers want it: short, no article, no full stop, not beginning with its own name.

Sources: developers-reference 6.2.2 (Debian), docs.brew.sh/Formula-Cookbook (``brew audit`` of ``desc``).
"""

import re


def synopsis(description: str, name: str, most: int) -> str:
    """Make one line of at most ``most`` characters of a description; a plain one where there is none."""
    first = re.split(r"[.:;](?:\s|$)|\s+[-–—]\s+", description.strip())[0]
    first = re.sub(r"^(?:an?|the)\s+", "", first, flags=re.IGNORECASE) or f"Program {name}"
    if first.lower().startswith(name.lower()):
        first = f"Program {first}"
    if len(first) > most:
        first = first[: most + 1].rsplit(None, 1)[0].rstrip(" ,")
    return first[:1].upper() + first[1:]
