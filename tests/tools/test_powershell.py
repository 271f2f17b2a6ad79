"""The reader of PowerShell finds what it is there to find."""

import pytest

from tests.tools import powershell

SCRIPT = """\
[CmdletBinding()]
param([string]$Dir = '', [switch]$NoPath)

function Save-It {
    param([string]$Name)

    $place = Join-Path $Dir $Name
    Invoke-WebRequest -UseBasicParsing -Uri 'https://example.org/it''s' -OutFile $place
    Write-Host "${Name}: $place"
}

try {
    if (-not $NoPath) { Save-It -Name ([IO.Path]::GetRandomFileName()) }
    $words = @('a', $Dir, 'b c')
    $table = @{ Words = @('d') }
    foreach ($each in $words) { Write-Host "$each $($table.Words) $env:LOCALAPPDATA".TrimEnd('/') }
} finally {
    Remove-Item -LiteralPath $Dir -Force
}
"""


def test_a_sound_script_has_no_problems() -> None:
    """And what its arrays and texts say is told."""
    script = SCRIPT.encode()
    assert powershell.problems(script) == []
    assert "https://example.org/it's" in powershell.texts(script)
    assert powershell.arrays(script, "words") == [[("a", False), ("Dir", True), ("b c", False)]]
    assert powershell.arrays(script, "Words") == [[("d", False)]]
    assert powershell.arrays(script, "words", function="Save-It") == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("} finally {", "} finaly {", "finaly is no command"),
        ("if (-not $NoPath) {", "if (-not $NoPath {", "is no PowerShell"),
        ("'b c')", "'b c',)", "is no PowerShell"),
        ("$place = Join-Path $Dir $Name", "$place = $Dir ? $Name : 1", "is no PowerShell"),
        ("$place = Join-Path $Dir $Name", "$place = $Dir ?? $Name", "is no PowerShell"),
        ("Remove-Item -LiteralPath $Dir -Force", "Out-Null && Out-Null", "&& is newer than 5.1"),
        ("Invoke-WebRequest", "Invoke-WebReqest", "Invoke-WebReqest is no command"),
        ("-OutFile", "-OutFil", "-OutFil is no parameter of Invoke-WebRequest"),
        ("Save-It -Name", "Save-It -Nam", "-Nam is no parameter of Save-It"),
        ("{ Save-It -Name", "{ Write-Host", "Save-It is called by nobody"),
        ("-OutFile $place", "-OutFile $plaec", "$plaec is never set"),
        ("Remove-Item -LiteralPath $Dir", "Remove-Item -LiteralPath $place", "$place is never set"),
        ("$env:LOCALAPPDATA", "$env:LOCALAPDATA", "$env:LOCALAPDATA is never set"),
        ("@('a', $Dir", "@('a', @Other", "@Other is never set"),
        ("$words = ", "$ErrorActionPreferenc = 'Stop'\n$words = ", "$erroractionpreferenc is never read"),
        ("GetRandomFileName", "GetRandomName", "GetRandomName is no member of [IO.Path]"),
        ("[IO.Path]", "[IO.Pth]", "IO.Pth is no type"),
        (".TrimEnd(", ".TrimRight(", "TrimRight is no member"),
        ("$table.Words", "$table.Word", "Word is no member"),
        ("${Name}: ", "$Name: ", "put it into braces"),
        ("it''s", "it\u2019s", "ends before its last quote"),
    ],
)
def test_what_is_wrong_is_told(before: str, after: str, expected: str) -> None:
    """A slip of each kind, in a script that is sound otherwise."""
    assert before in SCRIPT
    found = powershell.problems(SCRIPT.replace(before, after).encode())
    assert any(expected in each for each in found), found
