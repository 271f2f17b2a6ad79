"""What is read from a Go program: its modules by package URL, and whether the linker set its version."""

from tagship.domain.manifests.go_metadata import linked_modules, says

SAID = (
    "b: go1.27rc1\n\tpath\texample.com/demo\n\tmod\texample.com/demo\tv1.2.0\t\n"
    "\tdep\texample.com/plain\tv1.0.0\th1:x=\n"
    "\tdep\texample.com/old\tv2.0.0+incompatible\th1:x=\n"
    "\tdep\texample.com/lib\tv0.0.0\n\t=>\t../lib\t(devel)\t\n"
    "\tdep\texample.com/forked\tv1.0.0\n\t=>\texample.com/fork\tv1.0.1\th1:x=\n"
    "\tdep\texample.com/beside\t(devel)\t\n\tbuild\t-trimpath=true\n"
)
BEGIN, END = bytes.fromhex("3077af0c9274080241e1c107e6d618e6"), bytes.fromhex("f932433186182072008242104116d8f2")


def test_modules_are_named_as_the_linker_took_them() -> None:
    """By what replaced them; a folder is no name, and `(devel)` no version; a plus sign is escaped."""
    found = list(linked_modules(SAID))
    assert [component["purl"] for component in found] == [
        "pkg:golang/stdlib@1.27rc1",
        "pkg:golang/example.com/plain@v1.0.0",
        "pkg:golang/example.com/old@v2.0.0%2Bincompatible",
        "pkg:golang/example.com/lib",
        "pkg:golang/example.com/fork@v1.0.1",
        "pkg:golang/example.com/beside",
    ]
    assert found[2]["version"] == "v2.0.0+incompatible"
    assert "version" not in found[3]


def test_a_version_counts_outside_of_the_build_information_only() -> None:
    """Go writes a tag's version there by itself, whatever the program will say."""
    information = BEGIN + b"mod\texample.com/demo\tv1.2.0\n" + END
    assert not says(b"code" + information + b"dev" + information, "1.2.0")
    assert says(b"code" + information + b"1.2.0" + information, "1.2.0")


def test_output_that_begins_with_a_replacement_is_no_crash() -> None:
    """No Go writes it; a damaged program might."""
    assert list(linked_modules("\t=>\texample.com/fork\tv1.0.1\n")) == [
        {
            "type": "library",
            "bom-ref": "pkg:golang/example.com/fork@v1.0.1",
            "name": "example.com/fork",
            "purl": "pkg:golang/example.com/fork@v1.0.1",
            "version": "v1.0.1",
        }
    ]
