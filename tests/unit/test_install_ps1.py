"""``install.ps1`` by grammar: no value gets out of its quotes."""

from hypothesis import given
from hypothesis import strategies as st

from tagship.formats import _scripts
from tests.tools import powershell


@given(st.text(st.sampled_from(f'{powershell.QUOTES}\u201c\u201d"$`(){{}} \\\na')))
def test_a_quoted_text_is_one_text(text: str) -> None:
    """Typographic quotes end a text in PowerShell, too."""
    made = f"$a = {_scripts.powershell(text)}\nWrite-Host $a\n".encode()
    assert powershell.problems(made) == []
    assert powershell.texts(made) == [text]
