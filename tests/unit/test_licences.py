"""The licence of a package: by its manifest, else by its text; both must agree."""

from pathlib import Path
from typing import Any

import pytest

from tagship.domain.manifests.licence_text import agrees, identify, is_licence_file
from tagship.parts.plan.licences import judge, licensed
from tagship.ports import Found
from tests.unit.samples import Tree, Warned

MIT = """MIT License

Copyright (c) 2026 Octo

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
"""
MPL = 'Mozilla Public License Version 2.0\n\n1.12. "Secondary License"\n means either the GNU General Public License, Version 2.0'
BSD = "Redistribution and use\n\n2. Redistributions in binary form must reproduce the above copyright notice, this list"
ISC = "Permission to use, copy, modify, and/or distribute this software for any\npurpose with or without fee is hereby granted"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (MIT, "MIT"),
        (MPL, "MPL-2.0"),
        (BSD, "BSD-2-Clause"),
        (f"{BSD}\n3. Neither the name of the copyright holder", "BSD-3-Clause"),
        (f"{ISC}, provided that the above copyright notice and this permission notice appear in all copies.", "ISC"),
        (f"{ISC}.", "0BSD"),
        ("GNU LESSER GENERAL PUBLIC LICENSE\nVersion 3\n the GNU General Public License, version 3", "LGPL-3.0"),
        ("All rights reserved.", ""),
    ],
)
def test_a_text_is_known_by_its_own_words(text: str, name: str) -> None:
    """Not by the licences it speaks of further down."""
    assert identify(text) == name


def test_our_own_licence_is_known() -> None:
    """A whole text, as it is shipped."""
    assert identify((Path(__file__).parents[2] / "LICENSE").read_text(encoding="utf-8")) == "Apache-2.0"


@pytest.mark.parametrize("name", ["LICENSE", "LICENCE.txt", "COPYING", "license.md", "UNLICENSE", "LICENSE-MIT"])
def test_licence_files_are_known_by_name(name: str) -> None:
    """As people write them; a module of that name is none."""
    assert is_licence_file(name)
    assert not is_licence_file(f"{name.partition('.')[0]}.py")


@pytest.mark.parametrize(
    ("expression", "texts", "right"),
    [
        ("MIT", ["MIT"], True),
        ("MIT OR Apache-2.0", ["Apache-2.0"], True),
        ("GPL-3.0-or-later", ["GPL-3.0"], True),
        ("(LGPL-2.1+ AND MIT)", ["LGPL-2.1"], True),
        ("MIT", ["Apache-2.0"], False),
    ],
)
def test_an_expression_is_compared_with_texts(expression: str, texts: list[str], *, right: bool) -> None:
    """One of the texts is enough: the others may belong to parts."""
    assert agrees(expression, texts) is right


def told(licence: str | None, path: str, files: dict[str, str]) -> tuple[str | None, list[str]]:
    reporter: Any = Warned()
    found = Found(
        ecosystem="go", name="demo", path=path, version="", license=licence, mcp_name=None, entry=None, sites=()
    )  # fmt: skip
    return licensed((found,), Tree(files), reporter)[0].license, [
        f"{each.file}: {each.message}" for each in reporter.problems
    ]


@pytest.mark.parametrize(
    ("licence", "path", "files", "known"),
    [
        ("MIT", ".", {"LICENSE": MIT}, "MIT"),
        ("MIT", ".", {}, "MIT"),
        (None, ".", {"LICENSE": MIT}, "MIT"),
        (None, "a/b", {"LICENSE": MIT, "c/LICENSE": MPL}, "MIT"),
        ("MPL-2.0", "a", {"LICENSE": MIT, "a/LICENSE": MPL}, "MPL-2.0"),
        ("MIT", ".", {"LICENSE": "All rights reserved."}, "MIT"),
    ],
)
def test_the_nearest_text_fills_in_and_agrees(
    licence: str | None, path: str, files: dict[str, str], known: str
) -> None:
    """Without a word: a manifest that says none is filled in, and what is not known for certain is not judged."""
    assert told(licence, path, files) == (known, [])


@pytest.mark.parametrize(
    ("licence", "files", "said"),
    [
        (None, {}, "the licence of demo is not known"),
        (None, {"LICENSE": "All rights reserved."}, "LICENSE: the licence of demo is not known"),
        (None, {"COPYING": "GNU GENERAL PUBLIC LICENSE\nVersion 3"}, "COPYING: the licence of demo is not known"),
        ("MIT", {"LICENSE": MPL}, "LICENSE: demo says its licence is MIT, the text is MPL-2.0"),
    ],
)
def test_what_is_unknown_or_contradicts_is_warned_of(licence: str | None, files: dict[str, str], said: str) -> None:
    """The expression stays as the manifest says it; a GNU text alone does not tell about later versions."""
    known, warnings = told(licence, ".", files)
    assert known == licence
    assert [each.startswith(said) or said in each for each in warnings] == [True]


@pytest.mark.parametrize(
    ("ecosystem", "remedy"),
    [("go", "into a file LICENSE: go.mod has no place"), ("npm", '"license": "MIT"'), ("rust", 'license = "MIT"')],
)
def test_the_remedy_is_one_of_the_language(ecosystem: str, remedy: str) -> None:
    """Nobody looks for a place that a manifest does not have."""
    found = Found(
        ecosystem=ecosystem, name="demo", path=".", version="", license=None, mcp_name=None, entry=None, sites=()
    )  # fmt: skip
    ((_, problem),) = judge((found,), Tree({}))
    assert problem
    assert remedy in problem.hint
