"""Files, archives, and what project code may see."""

import gzip
import hashlib
import io
import stat
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tagship.adapters import archive, files, http
from tagship.adapters.shell import SystemShell, scrubbed
from tagship.errors import ProjectError, RemoteRefused, UsageError

EPOCH = 1_700_000_000


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """One rename puts it in place, with the mode asked for; nothing else is left over."""
    target = tmp_path / "new" / "folder" / "file"
    files.write_whole(target, b"one")
    files.write_whole(target, b"two", mode=0o600)
    assert target.read_bytes() == b"two"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert [path.name for path in target.parent.iterdir()] == ["file"]
    assert files.sha256_of(target) == hashlib.sha256(b"two").hexdigest()


def test_a_place_that_cannot_be_written_is_a_usage_error(tmp_path: Path) -> None:
    """With the file's name and a hint; the temporary file is gone."""
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    for target in (tmp_path / "file" / "inside", tmp_path / "folder"):
        with pytest.raises(UsageError, match="cannot write it") as caught:
            files.write_whole(target, b"x")
        assert caught.value.problems[0].file == str(target)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


def test_project_code_sees_no_secret() -> None:
    """An allow list: paths, locale, proxies and caches pass; tokens of any name do not."""
    allowed = {
        "PATH": "/bin",
        "Path": "C:\\",
        "https_proxy": "http://p",
        "HOME": "/h",
        "LANG": "C",
        "UV_CACHE_DIR": "/c",
    }
    secret = [
        "GITHUB_TOKEN", "TAGSHIP_KEY", "TAGSHIP_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_RUNTIME_TOKEN",
        "PYPI_TOKEN", "AWS_SECRET_ACCESS_KEY", "GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "PYTHONPATH", "SSH_AUTH_SOCK",
        "PATH_SECRET", "TWINE_PASSWORD", "NPM_TOKEN",
    ]  # fmt: skip
    assert scrubbed({**allowed, **dict.fromkeys(secret, "s3cret")}) == allowed


def test_programs_run_without_a_shell(tmp_path: Path) -> None:
    """Arguments arrive as they are; standard input is empty; a program that is missing is told."""
    shell = SystemShell()
    done = shell.run(["printf", "%s", "$HOME; `id` *"], cwd=tmp_path)
    assert (done.code, done.stdout) == (0, "$HOME; `id` *")
    assert shell.run(["cat"], cwd=tmp_path).out == b""
    assert shell.run(["cat"], cwd=tmp_path, input_bytes=b"x").out == b"x"
    assert shell.run(["env"], cwd=tmp_path, env={"PATH": "/usr/bin:/bin", "A": "b"}).stdout.count("HOME=") == 0
    with pytest.raises(ProjectError, match="not installed"):
        shell.run(["tagship-no-such-program"], cwd=tmp_path)
    with pytest.raises(ProjectError, match="did not end"):
        shell.run(["sleep", "60"], cwd=tmp_path, timeout=0.05)


def test_programs_see_no_secret_unless_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that is given no environment gets the scrubbed one, not ours."""
    monkeypatch.setenv("TAGSHIP_TOKEN", "s3cret")
    assert "s3cret" not in SystemShell().run(["env"], cwd=tmp_path).stdout


def make_wheel(path: Path, order: list[str], mode: int = 0o600, year: int = 2001) -> None:
    with zipfile.ZipFile(path, "w") as made:
        for name in order:
            info = zipfile.ZipInfo(name, (year, 1, 1, 0, 0, 0))
            info.external_attr = (stat.S_IFREG | (mode | 0o100 if name.endswith(".sh") else mode)) << 16
            made.writestr(info, f"content of {name}".encode())


def test_a_wheel_is_the_same_whoever_built_it(tmp_path: Path) -> None:
    """Order, times, owners' modes and packing method do not matter; contents and the program bit stay."""
    first, second = tmp_path / "a.whl", tmp_path / "b.whl"
    names = ["d-1.dist-info/METADATA", "d/b.sh", "d/a.py"]
    make_wheel(first, names)
    make_wheel(second, names[::-1], mode=0o664, year=2020)
    for path in (first, second):
        archive.normalise_zip(path, EPOCH)
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as made:
        assert made.namelist() == ["d/a.py", "d/b.sh", "d-1.dist-info/METADATA"]
        assert made.read("d/a.py") == b"content of d/a.py"
        assert [info.external_attr >> 16 & 0o777 for info in made.infolist()] == [0o644, 0o755, 0o644]
        assert {info.date_time for info in made.infolist()} == {(2023, 11, 14, 22, 13, 20)}


def test_a_time_before_zip_is_its_first(tmp_path: Path) -> None:
    """ZIP begins in 1980."""
    make_wheel(tmp_path / "a.whl", ["a"])
    archive.normalise_zip(tmp_path / "a.whl", 0)
    with zipfile.ZipFile(tmp_path / "a.whl") as made:
        assert made.infolist()[0].date_time == (1980, 1, 1, 0, 0, 0)


def make_sdist(
    path: Path, names: list[str], *, user: str = "me", links: dict[str, tuple[bytes, str]] | None = None
) -> None:
    with tarfile.open(path, "w:gz") as made:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size, info.uname, info.mtime, info.mode = (
                len(name),
                user,
                len(user),
                0o711 if name.endswith(".sh") else 0o600,
            )
            made.addfile(info, io.BytesIO(name.encode()))
        for name, (kind, target) in (links or {}).items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, target
            made.addfile(info)


def test_an_sdist_is_the_same_whoever_built_it(tmp_path: Path) -> None:
    """Order, owners, times and gzip's header do not matter."""
    first, second = tmp_path / "a.tar.gz", tmp_path / "b.tar.gz"
    names = ["d-1/PKG-INFO", "d-1/b.sh", "d-1/" + "long" * 60 + "/\u00e9.py"]
    make_sdist(first, names)
    make_sdist(second, names[::-1], user="somebody else")
    for path in (first, second):
        archive.normalise_tar_gz(path, EPOCH)
    assert first.read_bytes() == second.read_bytes()
    assert gzip.decompress(first.read_bytes())
    with tarfile.open(first) as made:
        assert made.getnames() == sorted(names)
        assert {(m.mtime, m.uid, m.uname, m.mode) for m in made} == {(EPOCH, 0, "", 0o644), (EPOCH, 0, "", 0o755)}


def test_links_in_an_sdist_become_the_files_they_mean(tmp_path: Path) -> None:
    """No content is lost, and nothing needs links on the system that unpacks."""
    path = tmp_path / "a.tar.gz"
    links = {"d-1/soft": (tarfile.SYMTYPE, "PKG-INFO"), "d-1/hard": (tarfile.LNKTYPE, "d-1/PKG-INFO")}
    make_sdist(path, ["d-1/PKG-INFO"], links=links)
    archive.normalise_tar_gz(path, EPOCH)
    with tarfile.open(path) as made:
        assert all(member.isfile() for member in made)
        contents = {member.name: stream.read() for member in made if (stream := made.extractfile(member))}
    assert contents == dict.fromkeys(["d-1/PKG-INFO", "d-1/hard", "d-1/soft"], b"d-1/PKG-INFO")


@pytest.mark.parametrize("target", ["../../etc/passwd", "/etc/passwd", "nowhere", ".", "link"])
def test_links_that_lead_to_no_file_inside_are_refused(tmp_path: Path, target: str) -> None:
    """Out of the archive, to nothing, to a folder, or to itself."""
    path = tmp_path / "a.tar.gz"
    make_sdist(path, ["d-1/PKG-INFO"], links={"d-1/link": (tarfile.SYMTYPE, target)})
    with pytest.raises(ProjectError, match="d-1/link"):
        archive.normalise_tar_gz(path, EPOCH)


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/x", "a\\x"])
def test_unsafe_members_are_refused(tmp_path: Path, name: str) -> None:
    """Names that lead out of the folder they are unpacked in."""
    make_sdist(tmp_path / "a.tar.gz", [name])
    with pytest.raises(ProjectError, match="unsafe member"):
        archive.normalise_tar_gz(tmp_path / "a.tar.gz", EPOCH)
    make_wheel(tmp_path / "a.whl", [name])
    with pytest.raises(ProjectError, match="unsafe member"):
        archive.normalise_zip(tmp_path / "a.whl", EPOCH)


def test_what_is_unpacked_stays_in_its_folder(tmp_path: Path) -> None:
    """Without the folder at the top as with it; a member that would lie elsewhere is refused."""
    make_sdist(tmp_path / "a.tar.gz", ["d-1/PKG-INFO", "d-1/src/a.py"])
    archive.unpack(tmp_path / "a.tar.gz", tmp_path / "whole")
    archive.unpack(tmp_path / "a.tar.gz", tmp_path / "below", below_top=True, wanted=lambda name: name != "PKG-INFO")
    assert (tmp_path / "whole" / "d-1" / "src" / "a.py").read_text() == "d-1/src/a.py"
    assert [path.name for path in (tmp_path / "below").rglob("*")] == ["src", "a.py"]
    make_sdist(tmp_path / "b.tar.gz", ["package/../../x"])
    with pytest.raises(ProjectError, match="cannot be unpacked safely"):
        archive.unpack(tmp_path / "b.tar.gz", tmp_path / "inner", below_top=True)
    assert not (tmp_path / "x").exists()


def test_the_member_nearest_to_the_top_is_read(tmp_path: Path) -> None:
    """An sdist may hold the PKG-INFO of an egg-info or of a vendored project too."""
    make_sdist(tmp_path / "a.tar.gz", ["d-1/vendored/x/PKG-INFO", "d-1/d.egg-info/PKG-INFO", "d-1/PKG-INFO"])
    assert archive.read_member(tmp_path / "a.tar.gz", "/PKG-INFO") == "d-1/PKG-INFO"
    make_wheel(tmp_path / "a.whl", ["d-1.dist-info/METADATA"])
    assert archive.read_member(tmp_path / "a.whl", ".dist-info/METADATA") == "content of d-1.dist-info/METADATA"
    assert archive.read_member(tmp_path / "a.whl", "/nothing") == ""


@pytest.mark.parametrize(
    ("status", "headers", "message", "wait"),
    [
        (500, {}, "", None), (503, {"Retry-After": "7"}, "", 7.0), (429, {}, "", None), (403, {"retry-after": "60"}, "", 60.0),
        (403, {"x-ratelimit-remaining": "0"}, "", None), (403, {}, "You hit a secondary Rate Limit", None),
        (503, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, "", 0.0),  # a date that has gone by
    ],
)  # fmt: skip
def test_failures_that_may_pass(status: int, headers: dict[str, str], message: str, wait: float | None) -> None:
    """Server errors and rate limits are tried again, after the time the remote asks for."""
    error = http.refusal(status, headers, message, "upload")
    assert isinstance(error, http.Transient)
    assert error.wait == wait


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_failures_that_stay(status: int) -> None:
    """A refusal is not tried again and says what to do."""
    error = http.refusal(status, {"x-ratelimit-remaining": "10"}, "no", "upload of a.whl")
    assert isinstance(error, RemoteRefused)
    assert error.problems[0].hint
    assert f"upload of a.whl: the remote answered {status} no" in str(error)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            '{"message": "Validation Failed", "errors": [{"code": "already_exists"}, "x"]}',
            "Validation Failed already_exists",
        ),
        ("<html>\n  Bad   Gateway</html>", "<html> Bad Gateway</html>"),
        ("[1]", ""),
        ("", ""),
        ('{"errors": [{"message": "m"}]}', "m"),
        ('{"message": "m", "errors": null}', "m"),
        ('{"message": "m", "errors": "text"}', "m"),
    ],
)
def test_the_line_that_says_why(body: str, message: str) -> None:
    """From JSON answers of any shape, and from proxies' pages."""
    assert http.message_of(body) == message


PEAK = r"""
import pathlib, re, sys, tarfile, zipfile
from tagship.adapters import archive
folder, size = pathlib.Path(sys.argv[1]), 300 * 2**20
big = folder / "big"
with big.open("wb") as stream:
    stream.truncate(size)
with zipfile.ZipFile(folder / "a.whl", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made:
    made.write(big, "big")
with tarfile.open(folder / "a.tar.gz", "w:gz", compresslevel=1) as made:
    made.add(big, "a/big")
archive.normalise_zip(folder / "a.whl", 0)
archive.normalise_tar_gz(folder / "a.tar.gz", 0)
print(int(re.search(r"VmHWM:\s*(\d+)", pathlib.Path("/proc/self/status").read_text())[1]) // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts memory as Linux does")
def test_memory_stays_flat_however_big_an_archive_is(tmp_path: Path) -> None:
    """300 MiB go through as a stream."""
    done = subprocess.run([sys.executable, "-c", PEAK, tmp_path], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 100


def test_lines_of_a_program_are_seen_while_it_runs(tmp_path: Path) -> None:
    """Each as soon as it is said, from both streams; both are kept whole as well."""
    heard: list[tuple[str, bool]] = []
    go_on = tmp_path / "go-on"

    def watch(line: str) -> None:
        heard.append((line, go_on.exists()))
        go_on.touch()

    code = (
        "import pathlib, sys, time\nprint('one', flush=True)\n"
        f"while not pathlib.Path({str(go_on)!r}).exists(): time.sleep(0.01)\nprint('two', file=sys.stderr)\nsys.exit(3)"
    )
    done = SystemShell().run([sys.executable, "-c", code], cwd=tmp_path, timeout=60, watch=watch)
    assert heard == [("one", False), ("two", True)]
    assert (done.code, done.stdout, done.stderr) == (3, "one\n", "two\n")


def test_a_watched_program_that_does_not_end_is_ended(tmp_path: Path) -> None:
    """With what it was and what to do, as without watching."""
    with pytest.raises(ProjectError, match="did not end within 1 s"):
        SystemShell().run(
            [sys.executable, "-c", "import time; time.sleep(60)"], cwd=tmp_path, timeout=1, watch=lambda _: None
        )
