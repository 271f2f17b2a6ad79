"""What ``npm publish`` is made of (libnpmpublish), hash-locked: an oracle for documents and provenance.

It runs with another Sigstore, which keeps what is to be signed and answers with a given bundle, and publishes to a server of its
own.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tests.tools import node, verifiers
from tests.tools.node import ToolMissingError

HERE: Final = Path(__file__).parent
_SCRIPT: Final = """
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
const require = createRequire(process.argv[1] + "/");
const given = JSON.parse(readFileSync(0, "utf8"));
let statement = "";
const attest = async (payload) => { statement = payload.toString(); return given.bundle; };
require.cache[require.resolve("sigstore")] = { exports: { attest } };
const { publish } = require("libnpmpublish");
const server = createServer(async (request, answer) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  const document = JSON.parse(Buffer.concat(parts).toString());
  console.log(JSON.stringify({ statement, document }));
  answer.end("{}");
}).listen(0, "127.0.0.1", async () => {
  const registry = `http://127.0.0.1:${server.address().port}/`;
  await publish(given.manifest, Buffer.from(given.tarball, "base64"), { registry, access: "public", provenance: true });
  server.close();
});
"""


def published(
    manifest: Mapping[str, Any], tarball: str, bundle: Mapping[str, Any], environment: Mapping[str, str]
) -> tuple[str, dict[str, Any]]:
    """Publish a tarball (base64) with provenance; return the statement it wants signed, and the document it puts."""
    given = {"manifest": manifest, "tarball": tarball, "bundle": bundle}
    said = verifiers.run_node(_SCRIPT, [str(_modules())], input_text=json.dumps(given), environment=environment)
    made = json.loads(said)
    return made["statement"], made["document"]


def installed() -> Path:
    """Install the locked packages unless that was done before."""
    return node.installed(HERE)


def _modules() -> Path:
    try:
        return installed()
    except ToolMissingError as error:
        node.refuse(str(error))
