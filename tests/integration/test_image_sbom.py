"""SBOMs of images: what the databases in their layers say is installed, compared with what their own tools say."""

import io
import json
import os
import shutil
import subprocess
import tarfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from tagship.adapters import oci_layout
from tagship.domain.components import system_packages
from tagship.domain.files.oci_image import Image, Layer
from tests.integration import images
from tests.integration.examples import caches
from tests.integration.images import ENVIRONMENT
from tests.integration.projects import Project, make
from tests.integration.sboms import both
from tests.integration.test_embedded_lists import CRATES, audited, installed

STATUS = Path("/var/lib/dpkg/status")
GO = {
    "go.mod": "module example.com/octo/demo\n\ngo 1.22\n",
    "main.go": 'package main\n\nfunc main() { println("demo") }\n',
}
FILES = {
    "Dockerfile": "FROM scratch\nCOPY root/ /\nCOPY late/ /\nUSER 1000\n",
    "tagship.yaml": "targets: [linux-x86_64]\npackages:\n  demo: {container: true}\n",
    "root/app/lib/click-8.1.0.dist-info/METADATA": "Name: click\nVersion: 8.1.0\nLicense-Expression: BSD-3-Clause\n",
    "root/app/node_modules/@a/left/package.json": '{"name": "@a/left", "version": "1.0.0", "license": "MIT"}',
    "late/app/lib/click-8.1.0.dist-info/METADATA": "Name: click\nVersion: 8.2.0\nLicense-Expression: BSD-3-Clause\n",
}


def dpkg_lists() -> set[str]:
    """Ask dpkg what is installed on this machine."""
    form = "${db:Status-Status} ${Package}@${Version} ${Architecture}\n"
    said = subprocess.run(["dpkg-query", "-W", "-f", form], capture_output=True, text=True, check=True).stdout
    return {line.removeprefix("installed ") for line in said.splitlines() if line.startswith("installed ")}


@pytest.mark.network
def test_an_image_from_a_dockerfile_is_listed_by_its_layers(tmp_path: Path) -> None:
    """All that dpkg and rpm say is installed, and what others left, as the last layer has it, in both formats."""
    images.need("buildah", "dpkg-query", "go")
    project = make(tmp_path, {**GO, **FILES})
    place = project.root / "root" / "var" / "lib" / "dpkg"
    place.mkdir(parents=True)
    shutil.copy(STATUS, place / "status")
    tools, folder = tmp_path / "tools", project.root / "root" / "app"
    tools.mkdir()
    argv = ["go", "build", "-o", str(folder / "main"), "."]
    subprocess.run(argv, cwd=project.root, env={**os.environ, "CGO_ENABLED": "0"}, check=True)
    (folder / "audited").write_bytes(audited(tools, zlib.compress(json.dumps(CRATES).encode())))
    (folder / "audited").chmod(0o755)
    database, rpms = installed(tools)
    (project.root / "late" / "var" / "lib" / "rpm").mkdir(parents=True)
    (project.root / "late" / "var" / "lib" / "rpm" / "rpmdb.sqlite").write_bytes(database)
    project.commit("feat: a system", {"root/usr/lib/os-release": Path("/usr/lib/os-release").read_text()})
    project.git("tag", "v1.3.0")
    project = Project(project.root, project.home, environment=caches() | ENVIRONMENT)
    done = project.tagship("release", XDG_DATA_HOME=str(tmp_path / "data"))
    assert done.code == 0, done.said
    (document,) = (path for path in project.root.glob("releases/*/*-container-*.cdx.json"))
    found = both(document.parent, document.name.removesuffix(".cdx.json"))["components"]
    system = {f"{each['name']}@{each['version']}" for each in found if each["purl"].startswith("pkg:deb/")}
    assert system == {line.rpartition(" ")[0] for line in dpkg_lists()}
    assert {each["name"] for each in found if each["purl"].startswith("pkg:rpm/")} == {
        line.partition(" ")[0] for line in rpms
    }
    others = {each["purl"] for each in found if not each["purl"].startswith(("pkg:deb/", "pkg:rpm/"))}
    said = subprocess.run(["go", "env", "GOVERSION"], capture_output=True, text=True, check=True).stdout.strip()
    crates = {f"pkg:cargo/{each}" for each in ("audited@1.2.0", "libc@0.2.155", "other@0.1.0-rc.1+x")}
    go = {f"pkg:golang/stdlib@{said.removeprefix('go')}"}
    assert others == {"pkg:pypi/click@8.2.0", "pkg:npm/%40a/left@1.0.0", *crates, *go}


def test_every_package_of_this_machine_is_read_as_dpkg_reads_it() -> None:
    """Hundreds of real entries: names, versions and machines; and each edge leads to one of them."""
    images.need("dpkg-query")
    files = {"var/lib/dpkg/status": STATUS.read_bytes(), "etc/os-release": Path("/etc/os-release").read_bytes()}
    found, edges = system_packages.listed(files, languages=False)
    read = {
        f"{each['name']}@{each['version']} {each['purl'].partition('arch=')[2].partition('&')[0]}" for each in found
    }
    assert read == dpkg_lists()
    known = {each["bom-ref"] for each in found}
    assert edges.keys() == known
    assert set[str]().union(*edges.values()) <= known
    assert sum(map(len, edges.values())) > len(known)


def layer(folder: Path, number: int, files: Mapping[str, bytes]) -> Layer:
    path = folder / f"{number}.tar"
    with tarfile.open(path, "w") as tar:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return Layer(media_type="x", digest=f"sha256:{number}", size=1, path=path)


def test_layers_hide_what_later_ones_replace_or_remove(tmp_path: Path) -> None:
    """A changed file, a removed one, a removed folder, and a folder that begins anew."""
    layers = (
        layer(tmp_path, 1, {"./a/one": b"1", "a/two": b"2", "b/three": b"3", "c/d/four": b"4", "/e": b"5"}),
        layer(tmp_path, 2, {"a/one": b"new", "a/.wh.two": b"", ".wh.b": b"", "c/d/.wh..wh..opq": b"", "c/d/six": b"6"}),
    )
    seen = oci_layout.files(Image(config={}, layers=layers), lambda _: True)
    assert seen == {"a/one": b"new", "c/d/six": b"6", "e": b"5"}
    assert oci_layout.files(Image(config={}, layers=layers), "e".__eq__) == {"e": b"5"}
