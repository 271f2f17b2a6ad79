"""``make check``: everything that can be said about the code without running it, all findings before the verdict."""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
BIN: Final = Path(sys.executable).parent
sys.path.insert(0, str(ROOT))


def main() -> int:
    """Run every check; return 1 when one of them found something."""
    failed = [name for name, argv in _checks().items() if not _passes(name, argv)]
    if not _actionlint():
        failed.append("actionlint")
    print(f"found something: {', '.join(failed)}" if failed else "nothing found")
    return 1 if failed else 0


def _checks() -> dict[str, list[str]]:
    actions = sorted(map(str, [ROOT / "action.yml", *ROOT.glob("actions/*/action.yml")]))
    workflows = sorted(map(str, ROOT.glob(".github/workflows/*.yml")))
    scripts = sorted(map(str, [ROOT / ".ci" / "run", *ROOT.glob("**/*.sh")]))
    scripts = [path for path in scripts if "/.venv/" not in path and "/.cache/" not in path]
    python = [sys.executable]
    schema = [str(BIN / "check-jsonschema"), "--builtin-schema"]
    return {
        "ruff check": [str(BIN / "ruff"), "check", "--quiet"],
        "ruff format": [str(BIN / "ruff"), "format", "--check", "--quiet"],
        "mypy": [str(BIN / "mypy"), "--no-error-summary"],
        "mypy of the tools": [str(BIN / "mypy"), "--no-error-summary", "scripts", "tests/tools", "tests/e2e"],
        "import-linter": [str(BIN / "lint-imports"), "--no-cache"],
        "locked sets": [*python, "scripts/lock.py", "--check"],
        "generated files": [*python, "scripts/generate.py", "--check"],
        "site": [*python, "scripts/site.py", "--check"],
        "zizmor": [str(BIN / "zizmor"), "--offline", "--persona", "pedantic", "--no-progress", "--quiet", "."],
        "action schema": [*schema, "vendor.github-actions", *actions],
        "workflow schema": [*schema, "vendor.github-workflows", *workflows],
        "dependabot schema": [*schema, "vendor.dependabot", str(ROOT / ".github" / "dependabot.yml")],
        "shellcheck": [str(BIN / "shellcheck"), *scripts],
    }


def _passes(name: str, argv: list[str]) -> bool:
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    print(f"{'✗' if done.returncode else '✓'} {name}", flush=True)
    if done.returncode:
        print(done.stdout + done.stderr, flush=True)
    return done.returncode == 0


def _actionlint() -> bool:
    """Lint a copy in which sibling references read ``./``: actionlint does not know ``$/`` yet (rhysd/actionlint#711)."""
    from tests.tools import tool
    from tests.tools.node import ToolMissingError

    try:
        program = tool("actionlint")
    except ToolMissingError as error:
        print(f"✗ actionlint: {error}")
        return False
    with tempfile.TemporaryDirectory(prefix="tagship-actionlint-") as folder:
        copy = Path(folder)
        for path in [*ROOT.glob(".github/workflows/*.yml"), ROOT / "action.yml", *ROOT.glob("actions/*/action.yml")]:
            target = copy / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(path.read_text(encoding="utf-8").replace("uses: $/", "uses: ./"), encoding="utf-8")
        subprocess.run(["git", "init", "--quiet", folder], check=True)
        shellcheck = ["-shellcheck", str(BIN / "shellcheck")]
        done = subprocess.run(
            [program, "-no-color", *shellcheck], cwd=copy, capture_output=True, text=True, check=False
        )
    print(f"{'✗' if done.returncode else '✓'} actionlint")
    if done.returncode:
        print(done.stdout + done.stderr)
    return done.returncode == 0


if __name__ == "__main__":
    raise SystemExit(main())
