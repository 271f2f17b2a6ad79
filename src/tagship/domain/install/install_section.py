"""The section of a README that says how to install a server: the lines of each way, and what clients take, as Markdown.

It stands between ``<!-- tagship-install: begin -->`` and ``<!-- tagship-install: end -->``; without these there is none. It
names versions and addresses, no digests: those are known when the release is built, and the page of the release has them.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from tagship.domain.install import install_tabs, site_releases
from tagship.domain.install.install_tabs import Block, Tab
from tagship.domain.manifests.layout import folder_of
from tagship.domain.plans.plan import Plan
from tagship.domain.text import structs
from tagship.domain.text.lazy_pattern import lazy
from tagship.domain.text.markdown import block, folded, link
from tagship.domain.text.marked import enclosed

_BEGIN: Final = lazy(r"(?<!`)<!--\s*tagship-install:\s*begin\s*-->")
_END: Final = lazy(r"(?<!`)<!--\s*tagship-install:\s*end\s*-->")
_WINDOWS: Final = "Windows"


def is_marked(text: str) -> bool:
    """Whether a page has a place for the section."""
    return "tagship-install" in text and any(True for _ in enclosed(text, _BEGIN, _END))


def filled(text: str, section: str) -> str:
    """Write the section between the markers; what is around them stays, line ends too. No section changes nothing."""
    lines_end = "\r\n" if "\r\n" in text else "\n"
    inside = f"\n{section}\n".replace("\n", lines_end)
    for start, end in reversed(list(enclosed(text, _BEGIN, _END)) if section else []):
        text = text[:start] + inside + text[end:]
    return text


def section(plans: Sequence[Plan], file: str, server: str) -> str:
    """Write the section for a page of the project, of the packages in its folder; else of those around it."""
    scope = folder_around(file, [package.path for plan in plans for package in plan.packages])
    made = [(plan, each) for plan in plans for each in _blocks(plan, server) if within(scope, each.package["path"])]
    parts = []
    for plan, each in made:
        parts += [f"### {each.package['name']}"] if len(made) > 1 else []
        parts += list(_ways(plan, each, server))
    for tag, address in {plan.tag: site_releases.address_of(plan) for plan, _ in made}.items():
        parts += [link(f"Files and signatures of {tag}, other ways and versions", address)] if address else []
    return "\n\n".join(part.strip("\n") for part in parts)


def folder_around(file: str, paths: Sequence[str]) -> str:
    """Return the nearest folder around a page that has packages in it, from the project's root; ``.`` is the root."""
    folder = folder_of(file)
    while folder != "." and not any(within(folder, path) for path in paths):
        folder = folder_of(folder)
    return folder


def within(folder: str, path: str) -> bool:
    """Whether a package lies in a folder."""
    return folder in {".", path} or path.startswith(f"{folder}/")


def _blocks(plan: Plan, server: str) -> Iterator[Block]:
    """Give the ways that work from anywhere: not those that take a file which was downloaded before."""
    names = {artifact.name for artifact in plan.artifacts}
    for each in install_tabs.tabs(structs.builtins(plan), names, server):
        tabs = [tab for tab in each.tabs if not tab.fetched and (tab.lines or plan.repository)]
        if tabs:
            yield Block(each.package, tabs)


def _ways(plan: Plan, each: Block, server: str) -> Iterator[str]:
    for tab in each.tabs:
        yield _way(tab, install_tabs.base({"repository": plan.repository, "tag": plan.tag}, server))
    setup = next((tab.setup for tab in each.tabs if tab.setup), None)
    if setup:
        yield folded("Claude Code", block(setup.claude, "sh"))
        yield folded("Claude Desktop, Cursor, LM Studio, Windsurf", block(setup.configuration, "json"))
        yield folded("VS Code", block(setup.vscode, "json"))


def _way(tab: Tab, files: str) -> str:
    if tab.file:
        opened = "opens in Claude Desktop and in other apps that take MCP bundles"
        return f"**{tab.label}:** {link(tab.file, f'{files}/{tab.file}')} {opened}"
    language = "powershell" if tab.label.startswith(_WINDOWS) else "sh"
    return f"**{tab.label}**\n\n{block(chr(10).join(tab.lines), language)}"
