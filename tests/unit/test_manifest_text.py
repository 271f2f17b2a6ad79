"""Manifests that cannot be read: what is wrong, and what to do."""

from collections.abc import Callable
from typing import Any

import pytest

from tagship.domain.text.manifest_text import json_object, toml_table
from tagship.errors import ProjectError

GOOD: dict[Callable[[str, str], Any], str] = {json_object: '{"name": "demo"}', toml_table: 'name = "demo"\n'}


@pytest.mark.parametrize("read", GOOD)
@pytest.mark.parametrize(
    ("encoded", "hint"),
    [
        (lambda text: f"\ufeff{text}".encode(), "save it as UTF-8 without a byte order mark"),
        (lambda text: text.encode("utf-16"), "save it as UTF-8"),
        (lambda text: f"{text}\0".encode(), "save it as UTF-8"),
        (lambda text: f"\xe9{text}".encode("latin-1"), "save it as UTF-8"),
        (lambda text: f"]{text}".encode(), "mend the file"),
    ],
)
def test_how_a_file_was_saved_may_be_what_is_wrong(
    read: Callable[[str, str], Any], encoded: Callable[[str], bytes], hint: str
) -> None:
    """Editors write byte order marks, and shells UTF-16: nobody sees either."""
    assert read(GOOD[read], "f") == {"name": "demo"}
    with pytest.raises(ProjectError) as raised:
        read(encoded(GOOD[read]).decode("utf-8", "replace"), "f")
    assert raised.value.problems[0].hint == hint
