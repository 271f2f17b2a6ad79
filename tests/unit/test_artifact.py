"""Artifacts: names, checksums, collisions."""

import unicodedata

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagship.domain.plans import artifact
from tagship.domain.plans.artifact import BuiltFile, checksums_text, collisions, parse_checksums
from tagship.errors import IntegrityError

digests = st.text("0123456789abcdef", min_size=64, max_size=64)
names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._+~@-]{0,20}", fullmatch=True)


@given(st.dictionaries(names, digests, max_size=8))
def test_checksums_round_trip(files: dict[str, str]) -> None:
    """What is written is read back, sorted by name, and the same for any order."""
    text = checksums_text(files)
    assert parse_checksums(text) == files
    assert parse_checksums(text.replace("  ", " *")) == files
    assert checksums_text(dict(reversed(files.items()))) == text
    assert [line[66:] for line in text.splitlines()] == sorted(files)


@pytest.mark.parametrize(
    "line",
    [
        "", "x", "0" * 64, "0" * 64 + " a", "0" * 64 + "   a", "0" * 63 + "  a", "G" * 64 + "  a", "A" * 64 + "  a",
        "0" * 64 + "  ../a", "0" * 64 + "  a/b", "0" * 64 + "  .hidden", "0" * 64 + "  -rf", "0" * 64 + "  ",
        "0" * 64 + "  a b", "\\" + "0" * 64 + "  a",
    ],
)  # fmt: skip
def test_lines_that_are_no_checksum_are_refused(line: str) -> None:
    """With the line's number: names that lead elsewhere too."""
    with pytest.raises(IntegrityError) as caught:
        parse_checksums(f"{'1' * 64}  good\n{line}\n", "sums")
    assert (caught.value.problems[0].file, caught.value.problems[0].line) == ("sums", 2)


def test_a_name_twice_is_refused() -> None:
    """Two digests for one file would prove nothing."""
    with pytest.raises(IntegrityError):
        parse_checksums(f"{'1' * 64}  a\n{'2' * 64}  a\n")


@given(st.text(min_size=1))
def test_collisions_fold_case_and_unicode_form(name: str) -> None:
    """Names that one file system or another takes for the same one."""
    for other in (name, unicodedata.normalize("NFD", name), unicodedata.normalize("NFC", name)):
        assert collisions([name, other]) == [other]
    assert collisions(["README.md", name, "readme.MD"]) == ["readme.MD"] or name.casefold() == "readme.md"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("a.whl", "A.WHL"),
        ("stra\u00dfe", "STRASSE"),
        ("caf\u00e9", "CAFE\u0301"),
        ("\u0390", "\u1fd3"),
        ("\u212a", "k"),
    ],
)
def test_collisions_by_example(first: str, second: str) -> None:
    """Sharp s, accents apart and together, the Kelvin sign."""
    assert collisions([first, second]) == [second]
    assert collisions([second, first, "other"]) == [first]


def test_no_collision() -> None:
    """Different names are different; each surplus one is told."""
    assert collisions(["a", "b", "a.b"]) == []
    assert collisions(["b", "a", "A", "a", "B"]) == ["A", "B", "a"]


@pytest.mark.parametrize("name", ["", ".a", "-a", "a/b", "a\\b", "..", "a b", "a\n", "\na", "a\x00", "\u00e9", "a:b"])
def test_illegal_file_names_are_not_decoded(name: str) -> None:
    """A plan or receipt cannot name a file outside its folder."""
    data = msgspec.json.encode({"name": name, "size": 1, "sha256": "0" * 64})
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(data, type=BuiltFile)


@pytest.mark.parametrize("digest", ["", "0" * 63, "0" * 65, "A" * 64, "0" * 64 + "\n", "g" * 64])
def test_illegal_digests_are_not_decoded(digest: str) -> None:
    """A digest is 64 lower-case hexadecimal digits and nothing more."""
    data = msgspec.json.encode({"name": "a", "size": 1, "sha256": digest})
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(data, type=BuiltFile)


def test_names_of_files_beside() -> None:
    """The public names."""
    assert artifact.sbom_name("demo", "1.2.0") == "demo-1.2.0.cdx.json"
    assert artifact.bundle_name("a.whl") == "a.whl.sigstore.json"
    assert artifact.manifest_name("demo", "1.2.0") == "demo-1.2.0.release.json"
