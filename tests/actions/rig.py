"""A throw-away repository around the real ``run.py``: tiny locked wheels from a folder, so that no test needs a network."""

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
RUN = REPOSITORY / "actions" / "run.py"
UV = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv") or ""

# Tells what it was given and what it is, and exits as it is told.
CLI = """
import json, os, sys
import yaml
import tagship

def main():
    told = {
        "arguments": sys.argv[1:], "tagship": tagship.WHO, "yaml": yaml.WHO, "isolated": sys.flags.isolated,
        "utf8": sys.flags.utf8_mode, "prefix": sys.prefix, "path": sys.path, "input": os.environ.get("TAGSHIP_INPUT"),
        "modules": sorted(sys.modules), "version": list(sys.version_info[:2]), "cwd": os.getcwd(),
    }
    print(json.dumps(told))
    return int(os.environ.get("EXIT", "0"))
"""


def wheel(folder: Path, name: str, members: dict[str, str]) -> str:
    """Write a wheel of version 1.0, the same bytes each time, and return its locked requirement."""
    info = f"{name}-1.0.dist-info"
    files = members | {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = [f"{member},sha256={_record(text)},{len(text.encode())}" for member, text in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*rows, f"{info}/RECORD,,", ""])
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for member, text in files.items():
            entry = zipfile.ZipInfo(member)
            entry.external_attr = 0o100755 << 16
            archive.writestr(entry, text)
    return f"{name}==1.0 \\\n    --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


def _record(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def script(path: Path, text: str) -> Path:
    """Write an executable shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n" + text, encoding="utf-8")
    path.chmod(0o755)
    return path


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What one start gave."""

    code: int
    out: str
    err: str

    @property
    def told(self) -> dict[str, Any]:
        """What the command said of itself."""
        assert self.code == 0, (self.out, self.err)
        told: dict[str, Any] = json.loads(self.out.splitlines()[-1])
        return told


@dataclass(frozen=True, kw_only=True)
class Rig:
    """The fake repository, the project's checkout, and the runner's folders."""

    root: Path
    env: dict[str, str] = field(default_factory=dict)

    @classmethod
    def build(cls, root: Path) -> "Rig":
        """Lay everything out under a folder."""
        rig = cls(root=root)
        for folder in (rig.actions, rig.sources, rig.requirements, rig.wheels, rig.workspace, rig.tools, rig.bin):
            folder.mkdir(parents=True)
        for file in RUN.parent.glob("*.py"):
            shutil.copy(file, rig.actions)
        (rig.sources / "__init__.py").write_text("WHO = 'ours'\n", encoding="utf-8")
        (rig.sources / "cli.py").write_text(CLI, encoding="utf-8")
        lock = wheel(rig.wheels, "yaml", {"yaml/__init__.py": "WHO = 'ours'\n"})
        for command in ("hello", "same"):
            (rig.requirements / f"{command}.txt").write_text(lock, encoding="utf-8")
        uv = wheel(rig.wheels, "uv", {"uv-1.0.data/scripts/uv": f'#!/bin/sh\nexec "{UV}" "$@"\n'})
        (rig.requirements / "uv.txt").write_text(uv, encoding="utf-8")
        (rig.bin / "uv").symlink_to(UV)
        return cls(root=root, env=rig.environment())

    actions = property(lambda self: self.root / "repository" / "actions")
    sources = property(lambda self: self.root / "repository" / "src" / "tagship")
    requirements = property(lambda self: self.root / "repository" / "requirements")
    wheels = property(lambda self: self.root / "wheels")
    workspace = property(lambda self: self.root / "workspace")
    tools = property(lambda self: self.root / "tools")
    bin = property(lambda self: self.root / "bin")
    store = property(lambda self: self.tools / "tagship")

    def environment(self) -> dict[str, str]:
        """Give what a job would have, with an index that is a folder."""
        indexes = {"UV_OFFLINE": "1", "UV_FIND_LINKS": str(self.wheels)}
        indexes |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.wheels)}
        caches = {"UV_CACHE_DIR": str(self.root / "uv-cache"), "PIP_NO_CACHE_DIR": "1"}
        return {
            "PATH": str(self.bin),
            "HOME": str(self.root / "home"),
            "RUNNER_TOOL_CACHE": str(self.tools),
            **indexes,
            **caches,
        }

    def argv(self, *arguments: str, python: str = sys.executable) -> list[str]:
        """Give the command line that an action has."""
        return [python, "-I", "-X", "utf8", str(self.actions / "run.py"), *arguments]

    def start(self, *arguments: str, python: str = sys.executable, **env: str | None) -> Outcome:
        """Run it as an action would, from the project's checkout; a variable given as None is taken away."""
        merged = {name: value for name, value in (self.env | env).items() if value is not None}
        done = subprocess.run(
            self.argv(*arguments, python=python),
            cwd=self.workspace,
            env=merged,
            check=False,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
        )
        return Outcome(code=done.returncode, out=done.stdout, err=done.stderr)

    def without_uv(self) -> None:
        """Take uv off PATH."""
        (self.bin / "uv").unlink()

    def folders(self) -> list[Path]:
        """List the environments that are there, published or not."""
        return sorted(path for path in self.store.glob("*") if path.is_dir())

    def published(self) -> Path:
        """Give the one environment that is in use."""
        (marker,) = (path for path in self.store.glob("*") if path.is_file())
        return self.store / marker.read_text(encoding="utf-8").split("\n")[0]

    def site(self) -> Path:
        """Give the folder with the installed packages."""
        (site,) = self.published().glob("lib/python*/site-packages")
        return site


def pythons() -> dict[tuple[int, int], str]:
    """Find the interpreters of this machine that really start: on PATH, and those that pyenv keeps."""
    paths = [shutil.which(f"python3.{minor}") for minor in range(6, 16)]
    if pyenv := shutil.which("pyenv"):
        root = subprocess.run([pyenv, "root"], check=True, capture_output=True, encoding="utf-8").stdout.strip()
        paths += [str(path) for path in Path(root).glob("versions/3.*/bin/python3")]
    versions = {path: _version(path) for path in paths if path}
    return {version: path for path, version in versions.items() if version}


def _version(path: str) -> tuple[int, int] | None:
    ask = [path, "-I", "-c", "import sys; print(*sys.version_info[:2])"]
    done = subprocess.run(ask, check=False, capture_output=True, encoding="utf-8")
    if done.returncode:
        return None
    major, minor = done.stdout.split()
    return int(major), int(minor)
