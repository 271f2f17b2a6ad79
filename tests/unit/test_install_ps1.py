"""``install.ps1`` by grammar: a script for PowerShell 5.1, every name in it exists, and no value gets out of its quotes."""

import re
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagship.adapters.pack import pack
from tagship.domain.install.installer import Archive
from tagship.formats import _scripts
from tagship.formats.install_ps1 import InstallPs1
from tagship.ports import FormatJob, Tools
from tests.tools import powershell
from tests.unit import samples

HOSTILE = (
    "a'b\"c$(touch x)`y`\\ z",
    "a\u2019; Remove-Item -Recurse C:\\ #",
    "\u2018\u2019\u201a\u201b''\u2019",
    "\u201c$(x)\u201d '@ @'",
    "${env:Path} %PATH% ;|&",
)
"""Names with which a text in quotes could end before it shall, or with something to expand in it."""
ARCHIVES = tuple(
    Archive(f"windows-{processor}", f"demo-{processor}.zip", digit * 64, "u")
    for processor, digit in (("aarch64", "a"), ("x86_64", "b"))
)
VALUES: dict[str, Any] = {
    "name": "demo", "version": "1.2.0", "tag": "v1.2.0", "base": "https://example.org/releases", "archives": ARCHIVES,
    "programs": ["demo.exe", "other.exe"], "script": "install.ps1", "address": "x", "tool": "1", "origin": "y",
    "signed_by": None,
}  # fmt: skip


def script(**values: object) -> bytes:
    return _scripts.render("install.ps1.j2", VALUES | values)


def script_for_shells(**values: object) -> str:
    return _scripts.render("install.sh.j2", VALUES | values).decode()


@pytest.mark.parametrize("signed_by", [None, "octo/demo"])
@pytest.mark.parametrize(
    "values",
    [
        {},
        {"base": ""},
        {"archives": ARCHIVES[:1], "programs": ["demo.exe"]},
        {"tag": "demo/v1.2.0", "archives": ARCHIVES[1:]},
    ],
    ids=["two processors", "no address", "one program", "one of several packages"],
)
def test_it_is_powershell_and_all_that_it_names_is_there(values: dict[str, Any], signed_by: str | None) -> None:
    """In Windows PowerShell 5.1: commands, parameters, members, variables."""
    assert powershell.problems(script(**values, signed_by=signed_by)) == []


@pytest.mark.parametrize("signed_by", [None, "octo/demo"])
def test_it_takes_what_install_sh_takes(signed_by: str | None) -> None:
    """And hands all of it on; what it does not know is an error, as an unknown option is, and never left unread."""
    made = script(signed_by=signed_by)
    taken = {"Dir", "Version", "From", "Key", "NoPath", "Uninstall"} | ({"NoSignature"} if signed_by else set())
    assert powershell.parameters(made) == taken
    assert powershell.parameters(made, function="Install-Program") == taken
    assert powershell.handed_on(made, "Install-Program") == [taken]
    assert b"\n[CmdletBinding()]\nparam(\n" in made
    options = set(re.findall(r"^  --([a-z-]+)", script_for_shells(signed_by=signed_by), re.MULTILINE)) - {"help"}
    assert {each.replace("-", "") for each in options} == {each.lower() for each in taken} - {"nopath"}


def test_signatures_are_looked_at_before_anything_is_unpacked() -> None:
    """By a key where there is one, else by who signed, unless that is not wanted."""
    made = script(signed_by="octo/demo").decode()
    asked = [
        "if ($found -ne $expected) {",
        "if ($Key) { Assert-Signature -Archive $archive }",
        "if (-not $Key -and -not $NoSignature) { Assert-Signer -Archive $archive }",
        "Expand-Archive -LiteralPath $archive",
    ]
    places = [made.index(each) for each in asked]
    assert places == sorted(places)


def test_programs_are_run_where_their_words_are_no_errors() -> None:
    """Windows PowerShell makes errors of what they write to standard error, which `Stop` would end the script for."""
    made = script(signed_by="octo/demo").decode()
    assert re.findall(r"& (\$\w+ \S+)", made) == ["$Path @Arguments", "$script @handed"]
    body = made[made.index("function Invoke-Quietly") : made.index("& $Path @Arguments 2>&1")]
    assert "$ErrorActionPreference = 'Continue'\n" in body
    assert "$global:LASTEXITCODE = -1\n" in body


def test_a_key_is_handed_on_only_to_who_knows_it() -> None:
    """The installer of another version may be older: then it is an error, never a key that nobody looks at."""
    made = script(signed_by="octo/demo").decode()
    handed = made[made.index("$known = ") : made.index("& $script @handed")]
    assert "if ($known -notcontains 'Key') { throw" in handed
    assert handed.index("throw") < handed.index("$handed['Key'] = $Key")
    assert "if ($NoSignature -and $known -contains 'NoSignature') { $handed['NoSignature'] = $true }" in handed


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_values_stay_texts(hostile: str) -> None:
    """Wherever they stand, it is the same script but for these texts, and PowerShell reads them as they were."""
    places = {each: f"{each}{hostile}" for each in ("name", "tag", "base", "script", "signed_by", "version")}
    made = script(**places, programs=[hostile, f"{hostile}.exe"])
    assert powershell.problems(made) == []
    texts = powershell.texts(made)
    assert {*places.values(), hostile, f"{hostile}.exe"} <= {*texts}
    assert len(texts) == len(powershell.texts(script(signed_by="octo/demo")))


@given(st.text(st.sampled_from(f'{powershell.QUOTES}\u201c\u201d"$`(){{}} \\\na')))
def test_a_quoted_text_is_one_text(text: str) -> None:
    """Typographic quotes end a text in PowerShell, too."""
    made = f"$a = {_scripts.powershell(text)}\nWrite-Host $a\n".encode()
    assert powershell.problems(made) == []
    assert powershell.texts(made) == [text]


@pytest.mark.parametrize("signed", [False, True])
def test_each_package_has_one(tmp_path: Path, signed: bool) -> None:  # noqa: FBT001
    """Of a release with several programs: each with its own archives only; who signed is known of a keyless release."""
    plan = samples.shipped(samples.plan("1.2.0", ("alpha", "beta")))
    (tmp_path / "program").write_bytes(b"MZ")
    files = {each.name: tmp_path / each.name for each in plan.built if each.kind == "archive"}
    for path in files.values():
        pack(path, {"tides.exe": tmp_path / "program"}, 0, ["tides.exe"])
    digests = {each.name: f"{number:064x}" for number, each in enumerate(plan.built)}
    job = FormatJob(plan=plan, files=files, digests=digests, publicly_signed=signed)
    made = InstallPs1().make(job, cast("Tools", None))
    assert sorted(made) == ["alpha-install.ps1", "beta-install.ps1"]
    for name, script_ in made.items():
        package = name.partition("-")[0]
        assert powershell.problems(script_) == []
        words = powershell.texts(script_)
        named = {each.name: each.target for each in plan.built if each.name in words}
        assert {*named.values()} == {each for each in plan.packages[0].targets if each.startswith("windows")}
        assert all(each.startswith(f"{package}-") for each in named)
        assert ("octo/demo" in words) is signed
        assert (b"$NoSignature" in script_) is signed


def test_a_cut_script_is_none() -> None:
    """PowerShell reads a script whole before it begins: a cut anywhere is an error, or defines a function and calls nobody."""
    whole = script(signed_by="octo/demo")
    begins = whole.index(b"param(")
    for cut in (*range(begins + 1, len(whole.rstrip()), 97), len(whole.rstrip()) - 1):
        found = powershell.problems(whole[:cut])
        assert found, cut
