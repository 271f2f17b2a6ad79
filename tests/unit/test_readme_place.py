"""Where a README gets the section that says how to install, and when it says so by itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagship.domain.install import install_section
from tagship.domain.install.readme_place import BEGIN, END, own_words, with_section

SECTION = f"{BEGIN}\n**uvx**\n{END}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", f"## Install\n\n{SECTION}\n"),
        ("# Demo\n\nIt is.\n", f"# Demo\n\nIt is.\n\n## Install\n\n{SECTION}\n"),
        (
            "# Demo\n\nIt is.\n\n## Use\n\n`demo`\n",
            f"# Demo\n\nIt is.\n\n## Install\n\n{SECTION}\n\n## Use\n\n`demo`\n",
        ),
        (
            "# Demo\n\n## Why\n\nx\n\n### Installing it\n\nSoon.\n## Use\n",
            f"# Demo\n\n## Why\n\nx\n\n### Installing it\n\nSoon.\n\n{SECTION}\n\n## Use\n",
        ),
        (
            "# Demo\n\n```sh\n## Install\n```\n\n## Installation",
            f"# Demo\n\n```sh\n## Install\n```\n\n## Installation\n\n{SECTION}\n",
        ),
    ],
)
def test_it_goes_under_its_heading(before: str, after: str) -> None:
    """Under one that is there, else under its own before all other parts, else at the end."""
    assert with_section(before, "**uvx**") == after
    assert own_words(before) == 0


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("# Demo\n\n## Installation\n\n```sh\npip install demo\n```\n", 3),
        ("# Demo\n\n```\nuvx demo\n```\n", 1),
        ("# Demo\n\nx\n\n## Quick start\n\nDo `npx demo` now.\n", 5),
        ("## Development\n\n```sh\nnpm install && npm test\n```\n", 0),
        ("# Demo\n\nIt runs in docker containers.\n", 0),
    ],
)
def test_commands_of_ones_own_are_seen(text: str, line: int) -> None:
    """Where a page tells its readers to install it; not how to work on it, nor a word in passing."""
    assert own_words(text) == line


_LINES = st.sampled_from(["# T", "## Install", "## Use", "```", "~~~sh", "text", "", "    code", "uvx x", "é"])


@given(st.lists(_LINES, max_size=12), st.sampled_from(["\n", "\r\n"]))
def test_nothing_of_the_page_is_lost(lines: list[str], end: str) -> None:
    """All lines stay, in their order; the markers enclose something unless a code block is never closed."""
    text = end.join(lines)
    made = with_section(text, "**uvx**")
    added = {"", "## Install", BEGIN, "**uvx**", END}
    left = [line for line in made.splitlines() if line not in added]
    assert left == [line for line in lines if line not in added]
    assert ("\r\n" in made) == ("\r\n" in text) or "\n" not in text
    assert install_section.is_marked(made) or "```" in lines or "~~~sh" in lines
