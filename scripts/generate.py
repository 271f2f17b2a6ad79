"""Write what is made from the code: every ``action.yml``, the reference pages, the JSON Schemas, the README's tables.

``make generate`` writes, ``python scripts/generate.py --check`` says what is out of date and exits 1.
"""

import json
import sys
from pathlib import Path
from typing import Final

from tagship import options, plugins, schemas
from tagship.cli import COMMANDS

ROOT: Final = Path(__file__).resolve().parent.parent
ROOT_COMMAND: Final = "release"
DEFAULTS: Final = {("release", "forge"): "github"}
"""Where the action at the root differs from the command: on a runner, releases go to GitHub."""
NO_INPUT: Final = frozenset({"generate_key", "key_algorithm"})
"""Flags that make no sense in a workflow."""
EXIT_CODES: Final = {
    0: "done",
    1: "the release is not good: a check said no",
    2: "usage or configuration",
    3: "the project cannot be built",
    4: "a remote refused: authorisation, a rule, an immutable release",
    5: "a remote could not be reached, or kept failing",
    6: "a signature or digest does not match",
    70: "a bug of tagship",
    130: "interrupted",
}


def main() -> int:
    """Write or check all generated files; return the exit code."""
    files = {**_actions(), **_reference(), **_schemas(), **_readme()}
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
    return {_action_path(command): _action(command) for command in COMMANDS}


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
        lines += [f"  {option.name}:", f"    description: {_quoted(_sentence(option))}", "    required: false"]
        lines.append(f"    default: {_default(command, option)}")
    lines.append("outputs:")
    for output in options.of(options.step_module(command).Outputs):
        lines += [f"  {output.name}:", f"    description: {_quoted(output.description)}"]
        lines.append(f"    value: ${{{{ steps.run.outputs.{output.name} }}}}")
    lines += ["runs:", "  using: composite", "  steps:", "    - id: run", "      shell: bash", "      env:"]
    lines += [f"        {option.variable}: ${{{{ inputs.{option.name} }}}}" for option in _inputs(command)]
    python = '"$(command -v python3 || command -v python || echo python3)"'
    lines.append("      run: |")
    lines.append(f'        {python} -I -X utf8 "$GITHUB_ACTION_PATH/{folder}/run.py" {command}')
    if command == ROOT_COMMAND:
        lines += ["branding:", "  icon: package", "  color: blue"]
    return "\n".join(lines) + "\n"


def _description(command: str) -> str:
    if command == ROOT_COMMAND:
        return "Push a tag; your MCP server ships everywhere, verified: plan, build, sign, release in one step."
    return COMMANDS[command]


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
    uses = "tagship/tagship@v1" if command == ROOT_COMMAND else f"tagship/tagship/actions/{command}@v1"
    inputs = "\n".join(
        f"| `{option.name}` | {_cell(command, option)} | `{option.variable}`{' (environment only)' if option.secret else ''} "
        f"| {_escaped(_sentence(option))} |"
        for option in options.of(step.Inputs)
    )
    outputs = "\n".join(f"| `{option.name}` | {_escaped(option.description)} |" for option in options.of(step.Outputs))
    return (
        f"<!-- made by `make generate` from src/tagship/steps/{command.replace('-', '_')}.py -->\n# {command}\n\n"
        f"{_description(command)}\n\nAs an action: `uses: {uses}` · as a command: `tagship {command}`\n\n"
        f"## Inputs\n\n| input, `--flag` | default | environment | meaning |\n| --- | --- | --- | --- |\n{inputs}\n\n"
        f"## Outputs\n\n| output, key of `--json` | meaning |\n| --- | --- |\n{outputs}\n\n"
        f"{_checks() if command == 'doctor' else ''}"
        f"What the exit code says: [exit codes](exit-codes.md).\n"
    )


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


def _readme() -> dict[Path, str]:
    path = ROOT / "README.md"
    text = path.read_text(encoding="utf-8")
    begin, end = "<!-- actions: begin -->\n", "<!-- actions: end -->"
    if begin not in text:
        return {path: text}
    rows = "\n".join(
        f"| [`{command}`](docs/reference/{command}.md) | {summary} |" for command, summary in COMMANDS.items()
    )
    before, rest = text.split(begin, 1)
    return {
        path: f"{before}{begin}| action and command | what it does |\n| --- | --- |\n{rows}\n{end}{rest.split(end, 1)[1]}"
    }


if __name__ == "__main__":
    raise SystemExit(main())
