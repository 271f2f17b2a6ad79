"""What databases in images say: dpkg, apk, Python's and npm's metadata."""

import pytest

from tagship.domain.components import system_packages

STATUS = b"""Package: libc6
Status: install ok installed
Maintainer: GNU Libc Maintainers <debian-glibc@lists.debian.org>
Architecture: amd64
Version: 2.36-9+deb12u10
Depends: libgcc-s1, libcrypt1 (>= 1:4.4.10-10~)
Description: GNU C Library: Shared libraries
 Contains the standard libraries that are used by nearly all programs on
 the system.
Homepage: https://www.gnu.org/software/libc/libc.html

Package: libgcc-s1
Status: install ok installed
Architecture: amd64
Version: 12.2.0-14
Provides: libgcc1 (= 1:12.2.0-14)
Depends: gcc-12-base (= 12.2.0-14), libc6:any (>= 2.35)

Package: gone
Status: deinstall ok config-files
Version: 1

Package: tool
Status: install ok installed
Architecture: all
Version: 1:2~rc1
Depends: absent | libgcc1
"""
INSTALLED = b"""C:Q1abc=
P:musl
V:1.2.5-r0
A:x86_64
T:the musl c library
L:MIT
m:Timo <t@example.invalid>
p:so:libc.musl-x86_64.so.1=1

P:busybox
V:1.36.1-r29
A:x86_64
L:GPL-2.0-only
D:so:libc.musl-x86_64.so.1 !other
p:/bin/sh cmd:busybox=1.36.1-r29
F:bin
R:busybox
"""
RELEASE = b'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nID=debian\n'


def test_dpkg_says_what_is_installed_and_what_needs_what() -> None:
    """Versions and machines in package URLs; alternatives, provided names; what was removed is not there."""
    files = {"var/lib/dpkg/status": STATUS, "usr/lib/os-release": RELEASE}
    found, edges = system_packages.listed(files, languages=False)
    libc = "pkg:deb/debian/libc6@2.36-9%2Bdeb12u10?arch=amd64&distro=debian-12"
    gcc = "pkg:deb/debian/libgcc-s1@12.2.0-14?arch=amd64&distro=debian-12"
    tool = "pkg:deb/debian/tool@1:2~rc1?arch=all&distro=debian-12"
    assert [each["purl"] for each in found] == [libc, gcc, tool]
    assert edges == {libc: {gcc}, gcc: {libc}, tool: {gcc}}
    assert found[0]["description"].startswith("GNU C Library: Shared libraries")
    assert found[0]["supplier"] == {"name": "GNU Libc Maintainers"}


def test_images_without_dpkg_keep_a_file_per_package() -> None:
    """As distroless images do; the lists of digests beside them are none."""
    one = b"Package: tzdata\nVersion: 2024a\nArchitecture: all\n"
    files = {"var/lib/dpkg/status.d/tzdata": one, "var/lib/dpkg/status.d/tzdata.md5sums": b"Package: no\n"}
    assert all(map(system_packages.is_database, files))
    found, _ = system_packages.listed(files, languages=False)
    assert [each["purl"] for each in found] == ["pkg:deb/debian/tzdata@2024a?arch=all"]


@pytest.mark.parametrize("path", ["lib/apk/db/installed", "usr/lib/apk/db/installed"])
def test_apk_says_licences_too(path: str) -> None:
    """Edges go by what packages provide; a conflict is no need."""
    release = b"ID=alpine\nVERSION_ID=3.20.3\n"
    found, edges = system_packages.listed({path: INSTALLED, "etc/os-release": release}, languages=False)
    musl = "pkg:apk/alpine/musl@1.2.5-r0?arch=x86_64&distro=alpine-3.20.3"
    box = "pkg:apk/alpine/busybox@1.36.1-r29?arch=x86_64&distro=alpine-3.20.3"
    assert {each["purl"]: each["licenses"] for each in found} == {
        musl: [{"expression": "MIT"}],
        box: [{"expression": "GPL-2.0-only"}],
    }
    assert edges == {musl: set(), box: {musl}}


def test_languages_are_listed_where_nobody_else_knows() -> None:
    """Distributions of Python and modules of npm, scoped ones too; only on demand; broken ones are passed over."""
    files = {
        "app/lib/Foo_Bar-1.0.dist-info/METADATA": b"Name: Foo_Bar\nVersion: 1.0+x\nLicense-Expression: MIT\n\nx",
        "app/node_modules/@a/b/package.json": b'{"name": "@a/b", "version": "2.0.0", "license": "ISC"}',
        "app/node_modules/c/package.json": b"{broken",
        "app/node_modules/d/package.json": b'{"name": "d"}',
    }
    found, edges = system_packages.listed(files, languages=True)
    assert {each["purl"]: each["licenses"][0]["expression"] for each in found} == {
        "pkg:pypi/foo-bar@1.0%2Bx": "MIT",
        "pkg:npm/%40a/b@2.0.0": "ISC",
    }
    assert edges == {}
    assert system_packages.listed(files, languages=False)[0] == []
    assert not system_packages.is_database("app/node_modules/c/lib/package.json")
