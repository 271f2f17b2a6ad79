"""The release workflow that ``init`` writes: one job that calls ours, or our composite actions in jobs of one's own."""

import json
from collections.abc import Collection, Mapping, Sequence
from importlib import resources
from typing import Any, Final, Literal

import msgspec

from tagship import plugins
from tagship.domain.plans.channel import variable
from tagship.domain.text import structs
from tagship.errors import UsageError
from tagship.settings import ChannelConfig, Config

Form = Literal["reusable", "composite"]
PATH: Final = ".github/workflows/release.yml"
SIGNING: Final = {
    "key": (("key", "TAGSHIP_KEY"), ("key-password", "TAGSHIP_KEY_PASSWORD")),
    "gpg": (("gpg-key", "TAGSHIP_GPG_KEY"), ("gpg-passphrase", "TAGSHIP_GPG_PASSPHRASE")),
}
"""What signers need: inputs of the actions, and the secrets that hold them."""
CALLED: Final = (
    "TAGSHIP_KEY", "TAGSHIP_KEY_PASSWORD", "TAGSHIP_GPG_KEY", "TAGSHIP_GPG_PASSPHRASE", "TAGSHIP_PYPI_TOKEN",
    "TAGSHIP_NPM_TOKEN", "TAGSHIP_OCI_TOKEN", "TAGSHIP_OCI_USERNAME", "TAGSHIP_MCP_REGISTRY_KEY",
    "TAGSHIP_HOMEBREW_TOKEN", "TAGSHIP_SCOOP_TOKEN", "TAGSHIP_WINGET_TOKEN", "TAGSHIP_CRATES_TOKEN", "TAGSHIP_PAGES_TOKEN",
    "TAGSHIP_PAGES_GPG_KEY", "TAGSHIP_PAGES_GPG_PASSPHRASE",
)  # fmt: skip
"""The secrets that our reusable workflow takes."""
_GITHUB_IMAGES: Final = "ghcr.io"


class Pin(msgspec.Struct, frozen=True, kw_only=True):
    """A commit that an action is pinned to, and the version that it is."""

    commit: str
    version: str


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What the workflow is for; ``signers`` is empty where the configuration says who signs; ``inputs`` are those that
    the action ``publish`` has.
    """

    form: Form
    own: Pin
    tags: tuple[str, ...]
    signers: tuple[str, ...]
    folder: str
    draft: bool
    inputs: Collection[str]


def text(order: Order, settings: Config) -> str:
    """Write the workflow."""
    signers = order.signers or settings.signers
    wanted = [_channel(each) for each in settings.channels]
    signing = [pair for signer in signers for pair in SIGNING.get(signer, ())]
    sent = list(dict.fromkeys(name for each in wanted for name in _secrets(each)))
    images = [each for each in wanted if each.kind == "oci" and _GITHUB_IMAGES in (each.address or _GITHUB_IMAGES)]
    return _render(
        f"release_{order.form}.yml.j2",
        {
            "tags": list(order.tags),
            "commit": order.own.commit,
            "version": order.own.version,
            "pins": pins(),
            "signers": ",".join(order.signers),
            "keyless": "sigstore" in signers,
            "folder": order.folder,
            "path": "tagship-dist/" if order.folder == "." else f"{order.folder}/tagship-dist/",
            "draft": order.draft,
            "secrets": [name for name in [*(secret for _, secret in signing), *sent] if name in CALLED],
            "signing": signing,
            "publish": bool(wanted) and not order.draft,
            "packages": bool(images),
            "publishing": _publishing(sent, order.inputs, for_images=bool(images)),
            "variables": [name for name in sent if _input(name) not in order.inputs],
        },
    )


def unreachable(settings: Config) -> tuple[str, ...]:
    """Name the secrets that the reusable form cannot hand on."""
    names = [name for each in settings.channels for name in _secrets(_channel(each))]
    return tuple(name for name in dict.fromkeys(names) if name not in CALLED)


def pins() -> Mapping[str, Pin]:
    """Return what actions of others are pinned to: the same as in our own workflows."""
    data = (resources.files("tagship") / "templates" / "pins.json").read_bytes()
    return structs.decode(data, dict[str, Pin])


def _channel(wanted: str | ChannelConfig) -> ChannelConfig:
    return ChannelConfig(kind=wanted) if isinstance(wanted, str) else wanted


def _secrets(wanted: ChannelConfig) -> list[str]:
    """Name the variables of a channel's secrets, but for those that only other ways to log in need."""
    names: Sequence[str] = plugins.load("channels", wanted.kind).secrets
    if wanted.kind == "mcp-registry" and wanted.options.get("login") not in {"dns", "http"}:
        names = ()
    return [variable(wanted.id or wanted.kind, name) for name in names if (wanted.kind, name) != ("pypi", "username")]


def _publishing(secrets: Sequence[str], inputs: Collection[str], *, for_images: bool) -> list[tuple[str, str]]:
    """Pair inputs of ``publish`` with what they get; images on GitHub's registry go there with the job's own token."""
    own = {"oci-token": "github.token", "oci-username": "github.actor"} if for_images else {}
    names = [name for name in secrets if _input(name) in inputs]
    return [(_input(name), own.get(_input(name), f"secrets.{name}")) for name in names]


def _input(secret: str) -> str:
    return secret.removeprefix("TAGSHIP_").lower().replace("_", "-")


def _render(template: str, values: dict[str, Any]) -> str:
    """Fill in a template; its marks are square, since GitHub's own are braces."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("tagship", "templates"),
        autoescape=False,  # noqa: S701 - no HTML: values are commits, names of ours, or go through the filter `json`
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
        variable_start_string="[[",
        variable_end_string="]]",
        block_start_string="[%",
        block_end_string="%]",
    )
    environment.filters["json"] = _quoted
    return environment.get_template(template).render(values)


def _quoted(value: object) -> str:
    """Write a value as JSON, which YAML reads.

    Raises:
        UsageError: GitHub would evaluate it: it looks for expressions after YAML's quotes are gone.

    """
    text = json.dumps(value, ensure_ascii=False)
    if "${{" in text:
        raise UsageError(f"{text} cannot stand in a workflow", hint="rename the folder, or the tags")
    return text
