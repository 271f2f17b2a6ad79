"""Wheels for one platform: planned by name, compiled from the sdist, the same twice, installed and imported."""

import json
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tagship.adapters.uv import uv
from tests.integration import compiled_projects as shapes
from tests.integration import images
from tests.integration.compiled_projects import HERE, LINE, MACHINE, MANYLINUX, SHORT, built, compiled
from tests.integration.examples import clone
from tests.integration.projects import Project

pytestmark = [pytest.mark.network, pytest.mark.skipif(sys.platform != "linux", reason="builds wheels for Linux")]
LEG = f"python-{HERE}"
SDIST = "demo_fast-1.2.0.tar.gz"
OWN = f"demo_fast-1.2.0-cp{SHORT}-cp{SHORT}-{MANYLINUX}.whl"
STABLE = f"demo_fast-1.2.0-cp{SHORT}-abi3-{MANYLINUX}.whl"
NEWER = shapes.CORE.replace("#include <stdlib.h>", "#include <stdlib.h>\n#include <sys/stat.h>").replace(
    "    double number",
    '    struct stat seen;\n    if (stat("/", &seen)) return PyErr_SetFromErrno(PyExc_OSError);\n    double number',
)
"""``stat`` is a function of its own since glibc 2.33: what is compiled with that does not run with 2.28."""


def planned(project: Project, *arguments: str) -> dict[str, str]:
    """Plan; return the legs of the files."""
    done = project.tagship("build-matrix", *arguments)
    assert done.code == 0, done.said
    plan = json.loads((project.root / "plan.json").read_bytes())
    legs = {leg["id"] for leg in plan["legs"]}
    return {each["name"]: each["leg"] for each in plan["artifacts"] if each["leg"] in legs}


def installed(project: Project, wheel: str, folder: Path) -> str:
    """Install a wheel into a new environment, and run its command."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    argv = [uv(), "pip", "install", "--quiet", "--offline", "--python", str(folder / "bin" / "python")]
    subprocess.run([*argv, str(project.root / "dist" / LEG / wheel)], check=True, env=project.env())
    return subprocess.run([str(folder / "bin" / "demo-fast")], check=True, capture_output=True, text=True).stdout


def sbom(project: Project) -> Any:
    """Sign what was built, which lists it."""
    key = project.root.parent / "key.pem"
    assert project.tagship("sign-and-attest", "--generate-key", str(key)).code == 0
    done = project.tagship("sign-and-attest", TAGSHIP_KEY=key.read_text(encoding="utf-8"))
    assert done.code == 0, done.said
    return json.loads((project.root / "dist" / "sign-and-attest" / "demo-fast-1.2.0.cdx.json").read_bytes())


def same_twice(project: Project, folder: Path) -> dict[str, bytes]:
    """Build in two folders; return what was built both times."""
    first = built(project)
    assert built(clone(project, folder)) == first
    return first


def test_an_extension_in_c_for_one_python(tmp_path: Path) -> None:
    """By setuptools, from the sdist: the wheel is what was planned, the same twice, and works."""
    project = compiled(tmp_path / "one", shapes.setuptools())
    files = same_twice(project, tmp_path / "two")
    assert set(files) == {OWN, SDIST}
    assert installed(project, OWN, tmp_path / "venv") == "42\n"
    assert sbom(project)["metadata"]["component"]["purl"] == "pkg:pypi/demo-fast@1.2.0"
    with zipfile.ZipFile(project.root / "dist" / LEG / OWN) as wheel:
        about = wheel.read("demo_fast-1.2.0.dist-info/WHEEL").decode()
        core = next(name for name in wheel.namelist() if name.endswith(".so"))
        machine_code = wheel.read(core)
    assert f"Tag: cp{SHORT}-cp{SHORT}-{MANYLINUX}\n" in about
    assert b"/source/src/demo_fast/_core.c" in machine_code or b"src/demo_fast/_core.c" in machine_code
    assert b"tagship-" not in machine_code
    receipt = json.loads((project.root / "dist" / LEG / "receipt.json").read_bytes())
    assert "auditwheel" in receipt["builder"]["tools"]


def test_the_stable_abi_needs_one_wheel_for_all_pythons(tmp_path: Path) -> None:
    """By scikit-build-core and CMake, which come from the index; the sdist is what they were given."""
    project = compiled(tmp_path / "one", shapes.scikit_build())
    files = same_twice(project, tmp_path / "two")
    assert set(files) == {STABLE, SDIST}
    assert installed(project, STABLE, tmp_path / "venv") == "42\n"
    with tarfile.open(project.root / "dist" / LEG / SDIST) as tar:
        assert "demo_fast-1.2.0/CMakeLists.txt" in tar.getnames()


def test_an_extension_in_rust(tmp_path: Path) -> None:
    """By maturin, linked with zig for the C library that was planned; the lock is kept to."""
    project = compiled(tmp_path / "one", shapes.maturin())
    files = same_twice(project, tmp_path / "two")
    assert set(files) == {STABLE, SDIST}
    assert installed(project, STABLE, tmp_path / "venv") == "42\n"
    listed = sbom(project)
    (root,) = [each for each in listed["dependencies"] if each["ref"] == listed["metadata"]["component"]["bom-ref"]]
    assert root["dependsOn"] == ["pkg:cargo/pyo3@0.27.2"]
    assert {"pyo3-ffi", "libc"} <= {each["name"] for each in listed["components"]}


def test_c_that_needs_a_newer_c_library_is_compiled_again_for_the_planned_one(tmp_path: Path) -> None:
    """With zig, which knows every glibc; auditwheel has the last word."""
    project = compiled(tmp_path, shapes.setuptools(core=NEWER))
    assert planned(project, "--targets", HERE)
    done = project.tagship("build")
    assert done.code == 0, done.said
    assert "too-recent versioned symbols" in done.said
    assert "compiling demo-fast with zig, for glibc 2.28" in done.said
    assert installed(project, OWN, tmp_path / "venv") == "42\n"


def test_what_cannot_keep_the_promise_is_refused(tmp_path: Path) -> None:
    """A compiler that the user chose is not replaced; a newer C library may be promised instead."""
    project = compiled(tmp_path, shapes.setuptools(core=NEWER), CC="cc")
    assert planned(project, "--targets", HERE)
    done = project.tagship("build")
    assert (done.code, f"what was built cannot be {OWN}" in done.said) == (3, True)
    assert "`wheels.glibc`" in done.said
    config = "packages:\n  demo-fast:\n    wheels: {glibc: '2.36'}\n"
    project.commit("feat: newer", {"tagship.yaml": config})
    project.git("tag", "--force", "v1.2.0")
    newer = OWN.replace("2_28", "2_36")
    assert set(built(project)) == {newer, SDIST}


def test_every_supported_python_on_every_platform_is_planned_by_name(tmp_path: Path) -> None:
    """A leg per platform, each on its native runner; the first makes the sdist."""
    files = {**shapes.setuptools(requires=">=3.12"), "README.md": "<!-- mcp-name: io.github.octo/demo-fast -->\n"}
    project = compiled(tmp_path, files, TAGSHIP_PROBES="true")
    legs = planned(project)
    assert legs[SDIST] == "python-linux-x86_64"
    pythons = ("312", "313", "314", "315")
    for target, tag in (
        ("linux-x86_64", "manylinux_2_28_x86_64"), ("linux-aarch64", "manylinux_2_28_aarch64"),
        ("macos-x86_64", "macosx_10_15_x86_64"), ("macos-aarch64", "macosx_11_0_arm64"),
        ("windows-x86_64", "win_amd64"), ("windows-aarch64", "win_arm64"),
    ):  # fmt: skip
        mine = {name for name, leg in legs.items() if leg == f"python-{target}"} - {SDIST}
        assert mine == {f"demo_fast-1.2.0-cp{python}-cp{python}-{tag}.whl" for python in pythons}
    plan = json.loads((project.root / "plan.json").read_bytes())
    assert {leg["id"]: leg["runner"] for leg in plan["legs"]}["python-windows-aarch64"] == "windows-11-arm"
    ids = [probe["id"] for probe in plan["probes"]]
    assert len(ids) == len(set(ids)) == 24
    done = project.tagship("build", "--leg", "python-windows-x86_64")
    assert (done.code, "are compiled on windows-x86_64" in done.said) == (3, True)


def test_pythons_and_tags_can_be_chosen(tmp_path: Path) -> None:
    """Where they cannot be read, or are not what is wanted; a wrong choice is told with what was made."""
    config = f"packages:\n  demo-fast:\n    wheels: {{tag: abi3, pythons: ['{LINE}']}}\n"
    project = compiled(tmp_path, {**shapes.setuptools(), "tagship.yaml": config})
    assert set(planned(project, "--targets", HERE)) == {STABLE, SDIST}
    done = project.tagship("build")
    assert (done.code, f"it is for cp{SHORT}-cp{SHORT}, planned is cp{SHORT}-abi3" in done.said) == (3, True)
    assert "`wheels.tag`" in done.said


def test_what_is_in_a_compiled_wheel_is_checked_as_in_any(tmp_path: Path) -> None:
    """Tests that would be installed for everybody, and commands without their module."""
    more = "\n[tool.setuptools]\npackages = ['tests']\npackage-dir = {tests = 'tests'}\n"
    files = shapes.setuptools(more=more) | {"tests/__init__.py": "", "tests/test_it.py": ""}
    project = compiled(tmp_path, files)
    assert planned(project, "--targets", HERE)
    done = project.tagship("build")
    assert (done.code, "tests/ is in it" in done.said) == (3, True)
    assert "needs the module demo_fast, which is not in it" in done.said


def test_a_bundle_holds_the_wheels_of_its_platform(tmp_path: Path) -> None:
    """And is started as a host does it, by uv: no compiler is needed there."""
    manifest: dict[str, Any] = {
        "manifest_version": "0.4",
        "name": "demo",
        "version": "1.2.0",
        "description": "A demonstration",
    }
    server: Any = {
        "type": "uv",
        "entry_point": "src/demo_fast/__init__.py",
        "mcp_config": {"command": "uv", "env": {"A": "1"}},
    }
    manifest |= {"author": {"name": "Octo"}, "server": server, "tools": []}
    project = compiled(tmp_path / "project", {**shapes.setuptools(), "manifest.json": json.dumps(manifest)})
    bundle = f"demo-fast-1.2.0-{HERE}.mcpb"
    assert set(built(project)) == {OWN, SDIST, bundle}
    shutil.unpack_archive(project.root / "dist" / LEG / bundle, tmp_path / "bundle", "zip")
    assert (tmp_path / "bundle" / "wheels" / OWN).is_file()
    server = json.loads((tmp_path / "bundle" / "manifest.json").read_bytes())["server"]
    assert (server["type"], server["entry_point"], server["mcp_config"]["env"]) == ("uv", "server/main.py", {"A": "1"})
    arguments = [each.replace("${__dirname}", str(tmp_path / "bundle")) for each in server["mcp_config"]["args"]]
    argv = [uv(), *arguments[:1], "--offline", "--python", sys.executable, *arguments[1:]]
    done = subprocess.run(argv, env=project.env(CC="false"), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "42\n"), done.stderr


def test_an_image_holds_the_wheel_of_its_python(tmp_path: Path) -> None:
    """Compiled once, by the leg that makes the image too; it runs there."""
    images.need("buildah", "skopeo")
    with images.base("python", tmp_path) as base:
        files = {**shapes.setuptools(), "tagship.yaml": f"packages:\n  demo-fast:\n    container: {{base: '{base}'}}\n"}
        project = compiled(tmp_path / "project", files, **images.ENVIRONMENT)
        image = f"demo-fast-1.2.0-{HERE}.oci.tar"
        assert set(built(project)) == {OWN, SDIST, image}
    path = project.root / "dist" / LEG / image
    started = images.inspect(path, {"x86_64": "amd64", "aarch64": "arm64"}[MACHINE])["config"]["Entrypoint"]
    with images.container(path) as inside:
        done = subprocess.run([*inside, *started], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "42\n"), done.stderr


CIBUILDWHEEL = """#!{python}
import json, os, pathlib, shutil, sys
out = pathlib.Path(sys.argv[sys.argv.index("--output-dir") + 1])
out.mkdir(exist_ok=True)
seen = {{"argv": sys.argv[1:], **{{name: value for name, value in os.environ.items()}}}}
pathlib.Path({seen!r}).write_text(json.dumps(seen))
for wheel in pathlib.Path({wheels!r}).iterdir():
    shutil.copy(wheel, out)
"""


def stand_in(folder: Path, files: dict[str, bytes]) -> tuple[Path, Path]:
    """Put a cibuildwheel on a PATH that says what it was asked and hands out wheels; containers do not run everywhere."""
    wheels, path, seen = folder / "wheels", folder / "path", folder / "seen.json"
    wheels.mkdir(parents=True)
    path.mkdir()
    for name, data in files.items():
        (wheels / name).write_bytes(data)
    text = CIBUILDWHEEL.format(python=sys.executable, seen=str(seen), wheels=str(wheels))
    for name in ("cibuildwheel", "docker"):
        (path / name).write_text(text, encoding="utf-8")
        (path / name).chmod(0o755)
    return path, seen


def test_cibuildwheel_is_run_where_it_is_configured(tmp_path: Path) -> None:
    """On the sdist, for exactly the planned wheels; what it made gets the planned names, which promise no more."""
    wheel = built(compiled(tmp_path / "first", shapes.setuptools()))[OWN]
    legacy = f"demo_fast-1.2.0-cp{SHORT}-cp{SHORT}-manylinux_2_17_{MACHINE}.manylinux2014_{MACHINE}.whl"
    musl = OWN.replace("manylinux_2_28", "musllinux_1_2")
    path, seen = stand_in(tmp_path / "tool", {legacy: wheel, musl: wheel})
    table = f"\n[tool.cibuildwheel]\nbuild = 'cp{SHORT}-*'\nskip = '*-win_arm64'\n"
    table += "[tool.cibuildwheel.linux]\nenvironment-pass = ['MINE']\n"
    project = compiled(tmp_path / "second", shapes.setuptools(more=table))
    project = Project(
        project.root, project.home, {**project.environment, "PATH": f"{path}:{project.environment['PATH']}"}
    )
    names = planned(project)
    assert sum(name.endswith(".whl") for name in names) == 7
    assert not [name for name in names if "win_arm64" in name]
    assert {name for name, leg in names.items() if leg == LEG} == {OWN, musl, SDIST}
    done = project.tagship("build", GITHUB_TOKEN="planted")
    assert done.code == 0, done.said
    said = json.loads(seen.read_text(encoding="utf-8"))
    assert said["argv"][:4] == ["--platform", "linux", "--archs", MACHINE]
    assert said["argv"][-1].endswith(SDIST)
    assert said["CIBW_BUILD"].split() == [f"cp{SHORT}-manylinux_{MACHINE}", f"cp{SHORT}-musllinux_{MACHINE}"]
    assert {"MINE", "SOURCE_DATE_EPOCH", "SETUPTOOLS_SCM_PRETEND_VERSION"} <= set(
        said["CIBW_ENVIRONMENT_PASS_LINUX"].split()
    )
    assert "planted" not in seen.read_text(encoding="utf-8")
    with zipfile.ZipFile(project.root / "dist" / LEG / OWN) as packed:
        assert f"Tag: cp{SHORT}-cp{SHORT}-{MANYLINUX}\n" in packed.read("demo_fast-1.2.0.dist-info/WHEEL").decode()


def test_wheels_of_cibuildwheel_that_were_not_planned_are_refused(tmp_path: Path) -> None:
    """One that needs a newer C library than its image was said to have, for example."""
    path, _ = stand_in(tmp_path / "tool", {OWN.replace("2_28", "2_34"): b""})
    table = f"\n[tool.cibuildwheel]\nbuild = 'cp{SHORT}-manylinux*'\n"
    project = compiled(tmp_path / "project", shapes.setuptools(more=table))
    project = Project(
        project.root, project.home, {**project.environment, "PATH": f"{path}:{project.environment['PATH']}"}
    )
    assert planned(project, "--targets", HERE)
    done = project.tagship("build")
    assert (done.code, "cibuildwheel made" in done.said, "2_34" in done.said) == (3, True, True)


@pytest.mark.parametrize(
    ("files", "missing", "said"),
    [
        (shapes.maturin(), ("cargo",), "cargo is not installed"),
        (
            shapes.setuptools(more="\n[tool.cibuildwheel]\n"),
            ("docker", "podman"),
            "cibuildwheel needs docker or podman",
        ),
    ],
)
def test_what_lacks_is_told_before_anything_is_built(
    files: dict[str, str], missing: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    """The leg is left out, or fails where it was asked for."""
    project = compiled(tmp_path / "project", files)
    path = shapes.without(project.environment, *missing, folder=tmp_path / "bin")
    assert planned(project, "--targets", HERE)
    done = project.tagship("build", "--leg", LEG, PATH=path)
    assert (done.code, said in done.said) == (3, True)
