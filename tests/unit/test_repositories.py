"""apt and dnf repositories as functions of what is in them; the files that make apt and dnf know them."""

import gzip
import itertools
import re
from datetime import UTC, datetime, timedelta

import pytest

from tagship.domain.files import apt_repository, deb_file, dnf_repository
from tagship.domain.files.apt_repository import RELEASE, AptRepository
from tagship.domain.files.dnf_repository import REPOMD, DnfRepository, Entry
from tagship.domain.files.rpm_file import RpmFile
from tagship.domain.install.package_site import MAIN, PRERELEASE, lines, site_of
from tagship.errors import IntegrityError

START = datetime(2026, 1, 1, tzinfo=UTC)
OF_A_KEY = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nabc\n-----END PGP PUBLIC KEY BLOCK-----\n"


def paragraph(number: int, architecture: str = "amd64") -> str:
    control = f"Package: demo\nVersion: 1.{number}.0\nArchitecture: {architecture}\nDescription: it\n .\n more"
    return f"{control}\nFilename: pool/demo/demo_1.{number}.0.deb\nSize: 1\nSHA256: {number:064x}"


def entry(number: int) -> Entry:
    name = f'<package pkgid="{number:064x}" name="demo" arch="x86_64">\n</package>\n'
    place = f"Packages/{number:064x}/demo-1.{number}.0-1.x86_64.rpm"
    primary = f'<package type="rpm">\n<name>demo</name>\n<checksum type="sha256" pkgid="YES">{number:064x}</checksum>\n'
    return Entry(place, f'{primary}<location href="{place}"/>\n</package>\n', name, name)


def apt_of(order: tuple[int, ...]) -> AptRepository:
    made = AptRepository("demo", datetime.fromtimestamp(0, UTC), {})
    for number in order:
        time = START + timedelta(days=number)
        made = made.joined(PRERELEASE if number == 2 else MAIN, [paragraph(number), paragraph(number, "arm64")], time)
    return made


def test_the_order_of_releases_does_not_matter() -> None:
    """Whatever was published first: the same packages give the same bytes, with the time of the newest."""
    files = [apt_of(order).files() for order in itertools.permutations((1, 2, 3))]
    assert all(each == files[0] for each in files)
    assert b"\nDate: Sun, 04 Jan 2026 00:00:00 UTC\n" in files[0][RELEASE]
    assert b"\nArchitectures: amd64 arm64\nComponents: main prerelease\n" in files[0][RELEASE]
    repositories = []
    for order in itertools.permutations((1, 2, 3)):
        made = DnfRepository(MAIN, 0)
        for number in order:
            made = made.joined([entry(number)], number)
        repositories.append(made.files())
    assert all(each == repositories[0] for each in repositories)
    assert b"<revision>3</revision>" in repositories[0][REPOMD[MAIN]]


def test_what_was_written_is_read_again() -> None:
    """Paragraphs and chunks come back as they were; adding what is there changes nothing."""
    files = apt_of((1, 2, 3)).files()
    indexes = {path: data for path, data in files.items() if apt_repository.INDEX.fullmatch(path)}
    again = AptRepository.read("demo", files[RELEASE], indexes)
    assert again.files() == files
    assert again.joined(MAIN, [paragraph(3)], START).files() == files
    listed = apt_repository.released(indexes["apt/dists/stable/main/binary-amd64/Packages"])
    assert listed == {f"demo_1.{number}.0.deb": f"{number:064x}" for number in (1, 3)}
    made = DnfRepository(MAIN, 5, [entry(1), entry(2)])
    written = made.files()
    located = dnf_repository.located(written[REPOMD[MAIN]])
    read = {kind: written[f"rpm/{MAIN}/{path}"] for kind, (path, _) in located.items()}
    assert DnfRepository.read(MAIN, written[REPOMD[MAIN]], read).files() == written
    assert dnf_repository.released(read["primary"]) == {f"demo-1.{n}.0-1.x86_64.rpm": f"{n:064x}" for n in (1, 2)}
    with pytest.raises(IntegrityError):
        DnfRepository.read(MAIN, written[REPOMD[MAIN]], {**read, "other": gzip.compress(b"<other/>")})


@pytest.mark.parametrize("change", ["drop", "add", "alter"])
def test_indexes_that_were_not_signed_are_refused(change: str) -> None:
    """One that is missing, one that nobody named, one with other bytes."""
    files = apt_of((1,)).files()
    indexes = {path: data for path, data in files.items() if apt_repository.INDEX.fullmatch(path)}
    first = min(indexes)
    changed = {
        "drop": {path: data for path, data in indexes.items() if path != first},
        "add": {**indexes, first.replace("amd64", "i386"): b""},
        "alter": {**indexes, first: indexes[first] + b"\n"},
    }[change]
    with pytest.raises(IntegrityError, match="signed"):
        AptRepository.read("demo", files[RELEASE], changed)


def test_each_index_lies_under_its_digest() -> None:
    """Whoever read the Release of before finds what it names: caches may serve them one after the other."""
    files = apt_of((1, 3)).files()
    named = re.findall(rb"^ ([0-9a-f]{64}) \d+ (\S+)$", files[RELEASE], re.MULTILINE)
    assert named
    for digest, path in named:
        hashed = f"apt/dists/stable/{path.decode().rpartition('/')[0]}/by-hash/SHA256/{digest.decode()}"
        assert files[hashed] == files[f"apt/dists/stable/{path.decode()}"]


def test_one_file_makes_apt_know_the_key() -> None:
    """deb822, the key inside with a dot for its empty line; dnf's file has prereleases, off."""
    site = site_of("https://octo.github.io/demo/", {}, "octo/Demo")
    text = site.sources(OF_A_KEY).decode()
    assert "URIs: https://octo.github.io/demo/apt\n" in text
    assert text.endswith(
        "Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc\n -----END PGP PUBLIC KEY BLOCK-----\n"
    )
    assert [line for line in site.repo().decode().splitlines() if line.startswith(("[", "enabled"))] == [
        "[demo]",
        "enabled=1",
        "[demo-prerelease]",
        "enabled=0",
    ]
    assert site_of("https://x.org", {"name": "Team Tools"}, None).sources_file == "apt/team-tools.sources"


def test_one_line_installs_for_each_system_that_has_it() -> None:
    """Only for the kinds that are there; an address stays one word for the shell."""
    site = site_of("https://octo.github.io/demo", {}, "octo/demo")
    assert [whom for whom, _ in lines(site, "demo", {"deb", "wheel"})] == ["Debian and Ubuntu"]
    ((_, line),) = lines(site_of("https://x.org/$(id)", {}, "octo/demo"), "demo", {"rpm"})
    assert "'https://x.org/$(id)/rpm/demo.repo'" in line


@pytest.mark.parametrize("content", [b"", b"no", b"!<arch>\n", b"!<arch>\nno", b"\xed\xab\xee\xdb" + bytes(200)])
def test_what_is_no_package_is_told(content: bytes) -> None:
    """Never a crash of another kind."""
    with pytest.raises(ValueError, match=r"package|control"):
        deb_file.control(content)
    with pytest.raises(ValueError, match="rpm package"):
        RpmFile(content)
