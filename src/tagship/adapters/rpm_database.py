"""RPM's database of installed packages as it lies in images: the SQLite kind, which rpm has had by itself since 4.16."""

import sqlite3
from typing import Final

_WRITE_AHEAD: Final = slice(18, 20)
"""Versions in the file header (sqlite.org/fileformat2.html): such a database cannot be opened in memory, a plain one can."""


def headers(database: bytes) -> list[bytes]:
    """Return the headers of all packages in it, in the order they were installed; none where it is no such database."""
    plain = bytearray(database)
    plain[_WRITE_AHEAD] = b"\1\1"
    connection = sqlite3.connect(":memory:")
    try:
        connection.deserialize(bytes(plain))
        rows = connection.execute("SELECT blob FROM Packages ORDER BY hnum").fetchall()
    except sqlite3.Error:
        return []
    finally:
        connection.close()
    return [blob for (blob,) in rows if isinstance(blob, bytes)]
