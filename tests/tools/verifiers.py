"""Other people's verifiers of Sigstore bundles: cosign, ``@sigstore/verify`` from npm, sigstore-python's own command.

Each answers whether it accepts, and why not.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from tests.tools import require
from tests.tools.node import installed

_SCRIPT: Final = """
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
const require = createRequire(process.argv[1] + "/");
const { Verifier, toTrustMaterial, toSignedEntity } = require("@sigstore/verify");
const { bundleFromJSON } = require("@sigstore/bundle");
const { TrustedRoot } = require("@sigstore/protobuf-specs");
for (const each of JSON.parse(readFileSync(0, "utf8"))) {
  let said = "";
  try {
    const root = TrustedRoot.fromJSON(JSON.parse(readFileSync(each.root, "utf8")));
    const logs = each.logged ? 1 : 0;
    const limits = { ctlogThreshold: logs, tlogThreshold: logs, timestampThreshold: 1 };
    const bundle = bundleFromJSON(JSON.parse(readFileSync(each.bundle, "utf8")));
    const policy = { subjectAlternativeName: each.name, extensions: { issuer: each.issuer } };
    new Verifier(toTrustMaterial(root), limits).verify(toSignedEntity(bundle, readFileSync(each.file)), policy);
  } catch (error) {
    said = String(error.message || error.code || error);
  }
  console.log(JSON.stringify(said));
}
"""


class Case(NamedTuple):
    """What is to be verified: whether the bundle signs the file, or a statement about it, for this identity.

    Not ``logged``: the instance has no logs, and a timestamp has to do.
    """

    file: Path
    bundle: Path
    name: str
    issuer: str
    root: Path
    statement: bool = False
    logged: bool = True


def cosign(case: Case) -> str:
    """Return why cosign refuses; nothing when it accepts."""
    how = ["verify-blob-attestation", "--type", "slsaprovenance1"] if case.statement else ["verify-blob"]
    who = ["--certificate-identity", case.name, "--certificate-oidc-issuer", case.issuer]
    what = ["--new-bundle-format", "--bundle", str(case.bundle), "--trusted-root", str(case.root), str(case.file)]
    logs = [] if case.logged else ["--insecure-ignore-tlog", "--insecure-ignore-sct", "--use-signed-timestamps"]
    return _said([str(require("cosign")), *how, *who, *logs, *what])


def sigstore_python(case: Case) -> str:
    """Return why the command of sigstore-python refuses a signature; nothing when it accepts."""
    who = ["--cert-identity", case.name, "--cert-oidc-issuer", case.issuer]
    instance = ["--trust-config", str(case.root.with_name("trust_config.json"))]
    argv = [sys.executable, "-W", "ignore", "-m", "sigstore", *instance, "verify", "identity", *who]
    return _said([*argv, "--bundle", str(case.bundle), str(case.file)])


def sigstore_js(cases: Sequence[Case]) -> list[str]:
    """Return why ``@sigstore/verify`` refuses each; one program for all of them."""
    asked = [
        {name: value if isinstance(value, bool) else str(value) for name, value in case._asdict().items()}
        for case in cases
    ]
    said = run_node(_SCRIPT, [str(installed())], input_text=json.dumps(asked))
    return [json.loads(line) for line in said.splitlines()]


def run_node(
    script: str, arguments: Sequence[str], *, input_text: str = "", environment: Mapping[str, str] | None = None
) -> str:
    """Run an ES module with node and return what it prints; without node skip on a laptop and fail in CI."""
    node = shutil.which("node")
    if node is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI needs every tool: node is not installed")
        pytest.skip("TOOL MISSING: node is not installed")
    argv = [node, "--input-type=module", "--eval", script, *arguments]
    env = {**os.environ, **(environment or {})}
    done = subprocess.run(argv, input=input_text, env=env, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _said(argv: Sequence[str]) -> str:
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=120)
    return "" if done.returncode == 0 else (done.stderr + done.stdout).strip() or f"exit {done.returncode}"


VERIFIERS: Final[dict[str, Callable[[Case], str]]] = {
    "cosign": cosign,
    "@sigstore/verify": lambda case: sigstore_js([case])[0],
    "sigstore-python": sigstore_python,
}
