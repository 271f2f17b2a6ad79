"""The section of the README that says how to install: brought in, filled as a release would be now; later version-bump keeps it.

Not one of the parts that ``init`` renews: what is between its markers is another text with each version.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from msgspec.structs import replace

from tagship.adapters.files import write_all
from tagship.domain.install import install_section, readme_place
from tagship.domain.plans.plan import Plan
from tagship.domain.proofs import claims
from tagship.domain.text.own_part import Renewed
from tagship.errors import TagshipError
from tagship.parts.init.own_files import OwnFile
from tagship.parts.listening import Listener
from tagship.parts.plan.project import Project
from tagship.ports import Tools

FILE: Final = "README.md"
Plans = Callable[[Tools], Iterable[Plan]]
"""Plans what could be released."""
_MODE: Final = 0o644
_GIT: Final = (
    "git",
    "-c",
    "user.name=-",
    "-c",
    "user.email=-",
    "-c",
    "commit.gpgsign=false",
    "-c",
    "core.hooksPath=/dev/null",
)


def brought_in(project: Project, plans: Plans, tools: Tools) -> list[OwnFile]:
    """Give the README with the section, where it has none and says nothing of the kind; else say what a person can do."""
    name = next((path for path in project.tree.paths if path.lower() == FILE.lower()), "")
    old = _read(project.root / name) if name else None
    if old is None or "tagship-install" in old:
        return []
    if line := readme_place.own_words(old):
        tools.reporter.notice(
            f"{name}:{line}: it says by itself how to install; where version-bump shall write that, put\n"
            f"  {readme_place.BEGIN}\n  {readme_place.END}"
        )
        return []
    made = _made(plans, tools)
    section = install_section.section(made, name, claims.server_of(tools.environment))
    if made and not section:
        return []
    new = Renewed(state="updated", text=readme_place.with_section(old, section))
    return [OwnFile(shown=name, path=project.root / name, old=old, body=section or readme_place.BEGIN, renewed=new)]


def of_new(
    files: Mapping[str, str], repository: str, plans: Callable[[Path, Tools], Iterable[Plan]], tools: Tools
) -> str:
    """Write the README of a new server with the section: it is planned in a repository that is there for as long."""
    there = replace(tools, environment={**tools.environment, "GITHUB_REPOSITORY": repository})
    with TemporaryDirectory(prefix="tagship-init-") as folder:
        root = Path(folder)
        write_all({root / path: (text.encode(), _MODE) for path, text in files.items()})
        for words in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "feat: begin"]):
            tools.shell.run([*_GIT, *words], cwd=root, env=dict(tools.environment), timeout=60)
        made = _made(lambda quiet: plans(root, quiet), there)
        section = install_section.section(made, FILE, claims.server_of(tools.environment))
    return readme_place.with_section(files[FILE], section)


def _made(plans: Plans, tools: Tools) -> Sequence[Plan]:
    """Plan, if that can be done yet: what hinders it is told where the plan is shown."""
    try:
        return tuple(plans(replace(tools, reporter=Listener(tools.reporter))))
    except TagshipError:
        return ()


def _read(path: Path) -> str | None:
    """Read a page that can be written again as it is: neither a link nor another encoding."""
    try:
        return None if path.is_symlink() else path.read_bytes().decode()
    except (OSError, UnicodeDecodeError):
        return None
