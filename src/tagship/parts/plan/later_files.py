"""The files of a release that are made after the build: documents, the manifest, a signature for each file, statements."""

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from tagship import plugins
from tagship.domain.plans import planning
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.plan import Package
from tagship.errors import UsageError
from tagship.parts.inputs import split_list
from tagship.ports import Signer, attests
from tagship.settings import Config


class LaterFiles(msgspec.Struct, frozen=True, kw_only=True):
    """Who signs, what is stated, and which SBOM documents and installers are made."""

    signers: Mapping[str, type[Signer]]
    attest: tuple[str, ...]
    sboms: tuple[str, ...]
    installers: tuple[str, ...]

    @property
    def certified(self) -> bool:
        """Whether somebody signs with a certificate: registries take no statements of keys."""
        return any(not signer.key_file for signer in self.signers.values() if attests(signer))


def choose(signers: str, sboms: str, settings: Config, channels: Sequence[str] = ()) -> LaterFiles:
    """Read the inputs ``signers`` and ``sbom``; what they leave open the configuration says. ``channels`` are kinds: what a
    format of that name makes is published there, so it is made.

    Raises:
        UsageError: an unknown name, or two signers that would write the same files.

    """
    signing = _signers(split_list(signers) or settings.signers)
    return LaterFiles(
        signers=signing,
        attest=settings.attest if any(attests(signer) for signer in signing.values()) else (),
        sboms=_sboms(sboms) if sboms else settings.sbom,
        installers=(*settings.installers, *channels),
    )


def name_all(
    choice: LaterFiles, name: str, version: str, packages: Sequence[Package], built: Sequence[Artifact]
) -> tuple[Artifact, ...]:
    """Name all of them for a release that has these packages and files."""
    extra: list[Artifact] = [planning.manifest_artifact(name, version)]
    chosen = {"sbom": choice.sboms, "installer": choice.installers}
    for format_name in plugins.names("formats"):
        made = plugins.load("formats", format_name).artifacts(name, version, packages)
        extra += [each for each in made if format_name in chosen.get(each.kind, (format_name,))]
    files = sorted(artifact.name for artifact in (*built, *extra))
    for signer in choice.signers.values():
        extra += signer.artifacts(files)
    extra += [planning.attestations_artifact(name, version)] if choice.attest else []
    return tuple(extra)


def _sboms(text: str) -> tuple[str, ...]:
    named = () if text.strip() == "none" else split_list(text)
    if unknown := sorted(set(named) - {"cyclonedx", "spdx"}):
        raise UsageError(f"sbom: {unknown[0]!r} is no kind of SBOM", hint="write cyclonedx, spdx, both, or none")
    return named


def _signers(names: Sequence[str]) -> dict[str, type[Signer]]:
    chosen: dict[str, type[Signer]] = {name: plugins.load("signers", name) for name in names}
    named = Counter(signer.signature_name("file") for signer in chosen.values())
    both = [name for name, signer in chosen.items() if named[signer.signature_name("file")] > 1]
    if both:
        message = f"{' and '.join(both)} both write {chosen[both[0]].signature_name('<file>')}"
        raise UsageError(message, hint="choose one of them in `signers`")
    return chosen
