"""A throw-away GnuPG home with one secret key, and what is done in it.

Key and passphrase reach gpg by pipes alone: they are in no argument, in no environment, and on no disk outside this
folder, which only its owner can enter and which goes with the process. Sources: gpg(1), and GnuPG's ``doc/DETAILS`` for
``--with-colons``.
"""

import os
import shutil
import tempfile
import weakref
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple

from tagship.adapters.shell import scrubbed
from tagship.domain.proofs import armor
from tagship.errors import TagshipError, UsageError
from tagship.ports import Finished, Shell, Tools

_QUIET: Final = ("--batch", "--no-tty", "--quiet", "--no-options", "--no-auto-key-retrieve", "--no-auto-key-locate")
_MEND: Final = "mend TAGSHIP_GPG_KEY or TAGSHIP_GPG_PASSPHRASE"
_SOCKET_NAME: Final = 104  # what BSD and macOS allow, with the zero at its end; Linux allows 108 (unix(7))
_SHORT_PLACES: Final = ("/tmp", "/var/tmp")  # noqa: S108  (a new folder is made in it, that only its owner can enter)
_EXPORT: Final = "give what `gpg --armor --export-secret-keys KEY` (or --export-secret-subkeys) writes"


class SigningKey(NamedTuple):
    """The key that signs: its fingerprint, that of the certificate it belongs to, and when the newest part of that was made."""

    fingerprint: str
    certificate: str
    newest: int


def opened(text: str, passphrase: str, variable: str, tools: Tools) -> "GpgHome":
    """Make a home of an armoured secret key, or of the path of one; ``variable`` is where a person puts it.

    Raises:
        UsageError: no key, a wrong passphrase, or a key that cannot sign.
        ProjectError: gpg is not installed.

    """
    if not text:
        hint = f"put the armoured secret key (or a file's path) into {variable}"
        raise UsageError("there is no OpenPGP key", hint=hint)
    for secret in (text, passphrase) if armor.BEGIN in text else (passphrase,):
        tools.reporter.mask(secret)
    return GpgHome(_loaded(text), passphrase, tools)


class GpgHome:
    """A home that holds one secret key until the process ends."""

    def __init__(self, key: bytes, passphrase: str, tools: Tools) -> None:
        self._shell, self._passphrase = tools.shell, passphrase.encode() + b"\n"
        self._environment = {**scrubbed(tools.environment), "LC_ALL": "C.UTF-8"}
        self.folder = Path(
            tempfile.mkdtemp(prefix="tagship-gpg-", dir=_place(tools.environment.get("RUNNER_TEMP", "")))
        )
        weakref.finalize(self, _remove, self.folder, self._shell, self._environment)
        imported = self._run("--import", given=key)
        self.key = self._chosen()
        if imported.code and not self.key.fingerprint:
            raise UsageError("the OpenPGP key cannot be imported", hint=_EXPORT)
        probe = self.folder / "probe"
        probe.touch()
        self.detached(probe, None)

    def detached(self, file: Path, made: datetime | None) -> bytes:
        """Sign a file as it is now; ``made`` is the time that the signature carries, unless the key is younger.

        Raises:
            UsageError: the passphrase is wrong, or the key cannot sign.

        """
        return self._sign("--detach-sign", file, made)

    def _sign(self, how: str, file: Path, made: datetime | None) -> bytes:
        time = ["--faked-system-time", f"{max(int(made.timestamp()), self.key.newest)}!"] if made else []
        secret = ["--pinentry-mode", "loopback", "--passphrase-fd", "0", "--digest-algo", "SHA512"]
        what = ["--local-user", f"{self.key.fingerprint}!", "--armor", "--output", "-", how, str(file)]
        done = self._run(*secret, *time, *what, given=self._passphrase)
        if done.code or not done.out:
            raise _refused(done)
        return done.out

    def signature(self, data: bytes, made: datetime | None) -> bytes:
        """Sign bytes, detached; see :meth:`detached`."""
        document = self.folder / "document"
        document.write_bytes(data)
        return self.detached(document, made)

    def clearsigned(self, data: bytes, made: datetime | None) -> bytes:
        """Sign a text around itself; see :meth:`detached`."""
        document = self.folder / "document"
        document.write_bytes(data)
        return self._sign("--clear-sign", document, made)

    def holds(self, data: bytes, signature: bytes) -> bool:
        """Whether a detached signature is of these bytes, and of this very key."""
        document, beside = self.folder / "document", self.folder / "document.asc"
        document.write_bytes(data)
        beside.write_bytes(signature)
        return not self._run("--trust-model", "always", "--verify", str(beside), str(document)).code

    @cached_property
    def certificate(self) -> bytes:
        """The public key, armoured, with nobody else's signatures."""
        return self._run("--armor", "--export-options", "export-minimal", "--export", self.key.certificate).out

    def _chosen(self) -> SigningKey:
        listed = self._run("--with-colons", "--with-sig-list", "--fixed-list-mode", "--list-secret-keys").stdout
        records = [line.split(":") for line in listed.splitlines()]
        certificates = [index for index, record in enumerate(records) if record[0] == "sec"]
        if len(certificates) != 1:
            raise UsageError(f"the OpenPGP key holds {len(certificates)} keys, not one", hint=_EXPORT)
        return chosen(records)

    def _run(self, *arguments: str, given: bytes | None = None) -> Finished:
        argv = ["gpg", "--homedir", str(self.folder), *_QUIET, *arguments]
        return self._shell.run(argv, cwd=self.folder, env=self._environment, timeout=120, input_bytes=given)


def _loaded(text: str) -> bytes:
    if armor.BEGIN in text:
        return text.encode()
    try:
        return Path(text).read_bytes()
    except OSError as error:
        hint = "give the armoured key itself, or the path of a readable file"
        raise UsageError(f"the OpenPGP key cannot be read: {error.strerror}", hint=hint) from None


def _place(wanted: str) -> str | None:
    """Return where homes are made: where that is asked for, unless the sockets of gpg-agent would have too long a name."""
    longest = Path(wanted or tempfile.gettempdir()) / "tagship-gpg-01234567" / "S.gpg-agent.browser"
    short = len(os.fsencode(longest)) < _SOCKET_NAME
    return (wanted or None) if short else next((each for each in _SHORT_PLACES if os.access(each, os.W_OK)), None)


def chosen(records: Sequence[Sequence[str]]) -> SigningKey:
    """Choose, of a listing with colons, the newest key that can sign now and whose secret is there.

    Raises:
        UsageError: there is none, and why.

    """
    keys = [index for index, record in enumerate(records) if record[0] in {"sec", "ssb"}]
    fit = [index for index in keys if "s" in records[index][11] and records[index][1] not in set("eridn")]
    whole = [index for index in fit if records[index][14] in {"+", ""}]
    if not whole:
        reasons = {records[index][1] for index in keys}
        why = "it is expired" if "e" in reasons else "it is revoked" if "r" in reasons else ""
        why = why or ("the secret part that signs is missing" if fit else "no part of it is meant for signing")
        raise UsageError(f"the OpenPGP key cannot sign: {why}", hint=_EXPORT)
    best = max(whole, key=lambda index: int(records[index][5] or 0))
    own = {records[index][4] for index in keys}
    made = [int(r[5]) for r in records if r[0] in {"sec", "ssb"} or (r[0] == "sig" and r[4] in own) if r[5].isdigit()]
    return SigningKey(_fingerprint(records, best), _fingerprint(records, keys[0]), max(made))


def _fingerprint(records: Sequence[Sequence[str]], index: int) -> str:
    return next(record[9] for record in records[index:] if record[0] == "fpr")


def _refused(done: Finished) -> UsageError:
    if "Bad passphrase" in done.stderr:
        return UsageError("the passphrase of the OpenPGP key is wrong", hint=_MEND)
    lines = [line for line in done.stderr.splitlines() if "faked system time" not in line]
    return UsageError(f"gpg does not sign: {lines[-1] if lines else 'no reason given'}", hint=_MEND)


def _remove(folder: Path, shell: Shell, environment: dict[str, str]) -> None:
    """Stop the agent that gpg started, and remove all; where there is a /run/user, its sockets are there."""
    with suppress(TagshipError):  # the process ends: nobody is there to be told
        for what in (("--kill", "all"), ("--remove-socketdir",)):
            shell.run(["gpgconf", "--homedir", str(folder), *what], cwd=folder, env=environment, timeout=20)
    shutil.rmtree(folder, ignore_errors=True)
