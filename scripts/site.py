"""``make docs``: build the site into ``site/`` from docs/ and the README, strictly: a link or an anchor that leads nowhere fails.

The pages are written for GitHub and are copied before they are built: the README becomes the front page, and links to files that
are no pages lead to the repository. ``--check`` builds into a temporary folder, for ``make check``.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import diagrams
import tomlkit

ROOT: Final = Path(__file__).resolve().parent.parent
DOCS: Final = ROOT / "docs"
DIAGRAMS: Final = "assets/mermaid.min.js"
REPOSITORY: Final = "https://github.com/tagship/tagship/blob/main"
SECTIONS: Final[Mapping[str, Sequence[str]]] = {
    "Start": ("quick-start", "languages", "configuration", "doctor", "migrate"),
    "Versions": ("versions", "version-sites", "changelog"),
    "Build": ("building", "mcpb", "containers", "installing"),
    "Prove and sign": ("probe", "signing", "keys", "sbom"),
    "Release and publish": ("releasing", "publishing", "repositories", "homebrew", "crates", "summaries"),
    "Recipes": ("recipes", "comparison", "editors"),
    "Trust": ("threat-model", "support"),
    "Inside": ("architecture", "extending"),
}
"""Which pages stand where, in order; one that is not there is left out, one that is not named here stands under More."""
FOLDERS: Final[Mapping[str, str]] = {"reference": "Reference", "adr": "Decisions"}
_ANSI: Final = re.compile(r"\x1b\[[0-9;]*m")
_FENCE: Final = re.compile(r"(^ *```.*?^ *```$)", re.MULTILINE | re.DOTALL)
_LINK: Final = re.compile(r"(\]\()([^)\s]+)(\))")


def main() -> int:
    """Build, and say how it went."""
    with tempfile.TemporaryDirectory(prefix="tagship-site-") as folder:
        place = Path(folder)
        for page in _pages():
            _copy(page, place / "source")
        drawn = "--check" not in sys.argv and diagrams.put(place / "source" / DIAGRAMS)
        _configure(place, [DIAGRAMS] if drawn else [])
        done = _build(place)
        if done.returncode:
            print(_ANSI.sub("", done.stdout + done.stderr))
            return 1
        if "--check" not in sys.argv:
            shutil.rmtree(ROOT / "site", ignore_errors=True)
            shutil.copytree(place / "site", ROOT / "site")
            print(
                f"built site/ from {len(_pages())} pages: open site/index.html, or serve it with `python -m http.server -d site`"
            )
    return 0


def _build(place: Path) -> "subprocess.CompletedProcess[str]":
    argv = [str(Path(sys.executable).parent / "zensical"), "build", "--strict"]
    env = {**os.environ, "NO_COLOR": "1"}
    return subprocess.run(argv, cwd=place, env=env, capture_output=True, text=True, check=False)


def _pages() -> list[Path]:
    return [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]


def _copy(page: Path, source: Path) -> None:
    """Copy a page; what is in code stays as it is."""
    target = source / ("index.md" if page.parent == ROOT else page.relative_to(DOCS).as_posix())
    target.parent.mkdir(parents=True, exist_ok=True)
    parts = _FENCE.split(page.read_text(encoding="utf-8"))
    text = "".join(part if number % 2 else _LINK.sub(lambda m: f"{m[1]}{_led(page, m[2])}{m[3]}", part)
                   for number, part in enumerate(parts))  # fmt: skip
    target.write_text(text.replace("<details>", "<details markdown>"), encoding="utf-8")  # or its inside stays as it is


def _led(page: Path, link: str) -> str:
    """Return where a link leads on the site: to a page, or to a file of the repository."""
    name, mark, anchor = link.partition("#")
    if not name or re.match(r"[a-z]+:", name):
        return link
    path = (page.parent / name).resolve()
    if path == ROOT / "README.md":
        return f"{os.path.relpath(DOCS / 'index.md', page.parent)}{mark}{anchor}"
    if path.suffix == ".md" and path.is_relative_to(DOCS):
        start = DOCS if page.parent == ROOT else page.parent
        return f"{Path(os.path.relpath(path, start)).as_posix()}{mark}{anchor}"
    if path == DOCS / "reference":
        return "reference/release.md"
    return f"{REPOSITORY}/{path.relative_to(ROOT).as_posix()}{mark}{anchor}"


def _configure(place: Path, scripts: Sequence[str]) -> None:
    document = tomlkit.parse((ROOT / "zensical.toml").read_text(encoding="utf-8"))
    project: Any = document["project"]
    nav: list[dict[str, Any]] = [{"tagship": "index.md"}, *_nav()]
    # A key of a table stands before its sub-tables.
    given = {"nav": nav, "extra_javascript": list(scripts), **project}
    text = tomlkit.dumps({"project": given})
    (place / "zensical.toml").write_text(text, encoding="utf-8")


def _nav() -> Iterator[dict[str, Any]]:
    """Give the sections with their pages, and at the end what no section names."""
    there = {path.stem for path in DOCS.glob("*.md")}
    named = {name for names in SECTIONS.values() for name in names}
    sections = {**SECTIONS, "More": sorted(there - named)}
    for title, names in sections.items():
        pages = [f"{name}.md" for name in names if name in there]
        if pages:
            yield {title: pages}
    for folder, title in FOLDERS.items():
        yield {title: [path.relative_to(DOCS).as_posix() for path in sorted((DOCS / folder).glob("*.md"))]}


if __name__ == "__main__":
    raise SystemExit(main())
