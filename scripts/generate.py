"""Write what is made from the code: every ``action.yml``, the reference pages, the JSON Schemas, the README's tables; and
what ``init`` carries: the examples as templates of new servers, the commits that our own workflows pin actions to.

``make generate`` writes, ``python scripts/generate.py --check`` says what is out of date and exits 1.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from tagship import options, plugins, schemas
from tagship.cli import COMMANDS, ONLY_COMMANDS
from tagship.domain.setup.new_server import Names, with_marks
from tagship.errors import EXIT_CODES

ROOT: Final = Path(__file__).resolve().parent.parent
ROOT_COMMAND: Final = "release"
DEFAULTS: Final = {("release", "forge"): "github"}
"""Where the action at the root differs from the command: on a runner, releases go to GitHub."""
ICONS: Final = {
    "version-bump": "tag",
    "build-matrix": "map",
    "build": "box",
    "probe": "activity",
    "sign-and-attest": "edit-3",
    "release-assets": "upload-cloud",
    "publish": "send",
    "verify": "check-circle",
    "doctor": "heart",
}
"""Feather icons (https://feathericons.com); the Marketplace shows them on blue."""
EXAMPLES: Final = {
    "python": Names(name="weather-mcp", owner="tagship", repository="tagship/tagship", folder="examples/python-server"),
    "npm": Names(
        name="colours-mcp", owner="tagship", repository="tagship/tagship", folder="examples/typescript-server"
    ),
    "go": Names(name="tides-mcp", owner="tagship", repository="tagship/tagship", folder="examples/go-server"),
    "rust": Names(name="dice-mcp", owner="tagship", repository="tagship/tagship", folder="examples/rust-server"),
}
"""What `init --new` writes for each language is this example under another name."""
TEMPLATES: Final = ROOT / "src" / "tagship" / "templates"
PINNED: Final = re.compile(r"uses: (actions/[\w.-]+)@([0-9a-f]{40}) # (v[\w.]+)")
NO_INPUT: Final = frozenset({"generate_key", "key_algorithm"})
"""Flags that make no sense in a workflow."""


def main() -> int:
    """Write or check all generated files; return the exit code."""
    files = {**_actions(), **_reference(), **_schemas(), **_readme(), **_new_servers(), **_pins()}
    stale = [path for path, text in files.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    if "--check" in sys.argv:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is out of date: run `make generate`")
        return 1 if stale else 0
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files[path], encoding="utf-8", newline="\n")
        print(f"wrote {path.relative_to(ROOT)}")
    return 0


def _actions() -> dict[Path, str]:
    return {_action_path(command): _action(command) for command in COMMANDS if command not in ONLY_COMMANDS}


def _action_path(command: str) -> Path:
    return ROOT / "action.yml" if command == ROOT_COMMAND else ROOT / "actions" / command / "action.yml"


def _inputs(command: str) -> list[options.Option]:
    return [option for option in options.of(options.step_module(command).Inputs) if option.field not in NO_INPUT]


def _action(command: str) -> str:
    folder = "actions" if command == ROOT_COMMAND else ".."
    lines = [
        f"# Made by `make generate` from src/tagship/steps/{command.replace('-', '_')}.py; edits here are lost.",
        f"name: {'tagship' if command == ROOT_COMMAND else f'tagship {command}'}",
        f"description: {_quoted(_description(command))}",
        "inputs:",
    ]
    for option in _inputs(command):
        lines += [f"  {option.name}:", f"    description: {_quoted(_shown(option))}", "    required: false"]
        lines.append(f"    default: {_default(command, option)}")
    lines.append("outputs:")
    for output in options.of(options.step_module(command).Outputs):
        lines += [f"  {output.name}:", f"    description: {_quoted(_as_sentence(output.description))}"]
        lines.append(f"    value: ${{{{ steps.run.outputs.{output.name} }}}}")
    lines += ["runs:", "  using: composite", "  steps:", "    - id: run", "      shell: bash", "      env:"]
    lines += [f"        {option.variable}: ${{{{ inputs.{option.name} }}}}" for option in _inputs(command)]
    python = '"$(command -v python3 || command -v python || echo python3)"'
    lines.append("      run: |")
    lines.append(f'        {python} -I -X utf8 "$GITHUB_ACTION_PATH/{folder}/run.py" {command}')
    lines += ["branding:", f"  icon: {ICONS.get(command, 'package')}", "  color: blue"]
    return "\n".join(lines) + "\n"


def _description(command: str) -> str:
    if command == ROOT_COMMAND:
        return "Push a tag; your MCP server ships everywhere, verified: plan, build, sign, release in one step."
    return COMMANDS[command]


def _shown(option: options.Option) -> str:
    """Describe an input for people who read the Marketplace, an editor's help or the file itself."""
    text = _as_sentence(option.description)
    return f"{text} One of: {', '.join(choice or '(empty)' for choice in option.choices)}." if option.choices else text


def _as_sentence(text: str) -> str:
    """Begin with a capital, unless a name or a value begins it; end with a full stop."""
    first = text.split(maxsplit=1)[0]
    plain = first.rstrip(",;").isalpha() and first.islower()
    return f"{text[0].upper() + text[1:] if plain else text}{'' if text.endswith('.') else '.'}"


def _sentence(option: options.Option) -> str:
    choices = " | ".join(choice or "(empty)" for choice in option.choices)
    return f"{option.description} ({choices})" if choices else option.description


def _default(command: str, option: options.Option) -> str:
    if option.field == "token":
        return "${{ github.token }}"
    return _quoted(_default_text(command, option))


def _default_text(command: str, option: options.Option) -> str:
    value = DEFAULTS.get((command, option.field), option.default)
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _reference() -> dict[Path, str]:
    folder = ROOT / "docs" / "reference"
    pages = {folder / f"{command}.md": _page(command) for command in COMMANDS}
    codes = "\n".join(f"| {code} | {meaning} |" for code, meaning in EXIT_CODES.items())
    pages[folder / "exit-codes.md"] = (
        f"<!-- made by `make generate` -->\n# Exit codes\n\n| code | meaning |\n| ---: | --- |\n{codes}\n"
    )
    return pages


def _page(command: str) -> str:
    step = options.step_module(command)
    inputs = "\n".join(
        f"| `{_typed(option)}` | {_cell(command, option)} | `{option.variable}`{' (environment only)' if option.secret else ''} "
        f"| {_escaped(_sentence(option))} |"
        for option in options.of(step.Inputs)
    )
    outputs = "\n".join(f"| `{option.name}` | {_escaped(option.description)} |" for option in options.of(step.Outputs))
    return (
        f"<!-- made by `make generate` from src/tagship/steps/{command.replace('-', '_')}.py -->\n# {command}\n\n"
        f"{_description(command)}\n\n{_called(command)}\n\n"
        f"## Inputs\n\n| input, `--flag` | default | environment | meaning |\n| --- | --- | --- | --- |\n{inputs}\n\n"
        f"## Outputs\n\n| output, key of `--json` | meaning |\n| --- | --- |\n{outputs}\n\n"
        f"{_checks() if command == 'doctor' else ''}"
        f"What the exit code says: [exit codes](exit-codes.md).\n"
    )


def _alone(command: str) -> str:
    return " A command only." if command in ONLY_COMMANDS else ""


def _typed(option: options.Option) -> str:
    return option.name.upper() if option.argument else option.name


def _called(command: str) -> str:
    if command in ONLY_COMMANDS:
        return f"As a command: `tagship {command}`"
    uses = "tagship/tagship@v1" if command == ROOT_COMMAND else f"tagship/tagship/actions/{command}@v1"
    return f"As an action: `uses: {uses}` · as a command: `tagship {command}`"


def _checks() -> str:
    """List what doctor looks at."""
    found = [plugins.load("checks", name) for name in plugins.names("checks")]
    rows = "\n".join(
        f"| `{check.name}` | {'asks' if check.online else ''} | {_escaped(check.summary)} |" for check in found
    )
    head = "Those that ask somebody need a token, or `online: true`.\n\n| check | | finds |\n| --- | --- | --- |"
    return f"## Checks\n\n{head}\n{rows}\n\n"


def _cell(command: str, option: options.Option) -> str:
    text = _default_text(command, option)
    return "the job's token" if option.field == "token" else (f"`{text}`" if text else "")


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def _schemas() -> dict[Path, str]:
    return {ROOT / "src" / "tagship" / "schema" / f"{kind}.schema.json": schemas.text(kind) for kind in schemas.KINDS}


def example(language: str) -> dict[str, str]:
    """Read the files of an example that are committed, or would be."""
    folder = ROOT / EXAMPLES[language].folder
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "."]
    done = subprocess.run(listed, cwd=folder, capture_output=True, text=True, check=True)
    names = sorted(name for name in done.stdout.split("\0") if name and (folder / name).is_file())
    return {name: (folder / name).read_text(encoding="utf-8") for name in names}


def _new_servers() -> dict[Path, str]:
    return {
        TEMPLATES / "new" / f"{language}.json": _as_lines(with_marks(example(language), names))
        for language, names in EXAMPLES.items()
    }


def _as_lines(files: dict[str, str]) -> str:
    """Write files as lists of lines, so that a change shows as the lines that changed."""
    lines = {path: text.split("\n") for path, text in files.items()}
    return json.dumps(lines, ensure_ascii=False, indent=1) + "\n"


def _pins() -> dict[Path, str]:
    """Collect what our workflows pin actions of others to: Dependabot renews it there."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted(ROOT.glob(".github/workflows/*.yml")):
        for name, commit, version in PINNED.findall(path.read_text(encoding="utf-8")):
            found[name] = {"commit": commit, "version": version}
    return {TEMPLATES / "pins.json": json.dumps(dict(sorted(found.items())), indent=1) + "\n"}


def _readme() -> dict[Path, str]:
    path = ROOT / "README.md"
    text = path.read_text(encoding="utf-8")
    begin, end = "<!-- actions: begin -->\n", "<!-- actions: end -->"
    if begin not in text:
        return {path: text}
    rows = "\n".join(
        f"| [`{command}`](docs/reference/{command}.md) | {summary}{_alone(command)} |"
        for command, summary in COMMANDS.items()
    )
    before, rest = text.split(begin, 1)
    return {
        path: f"{before}{begin}| action and command | what it does |\n| --- | --- |\n{rows}\n{end}{rest.split(end, 1)[1]}"
    }


if __name__ == "__main__":
    raise SystemExit(main())
