// Which results the official TypeScript SDK takes: cases as JSON on stdin, `true` or `false` for each on stdout.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
const types = createRequire(`${process.argv[2]}/`)("@modelcontextprotocol/sdk/types.js");
const schemas = {
  "initialize": types.InitializeResultSchema,
  "tools/list": types.ListToolsResultSchema,
  "prompts/list": types.ListPromptsResultSchema,
  "resources/list": types.ListResourcesResultSchema,
  "tools/call": types.CallToolResultSchema,
};
const cases = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(cases.map(([method, result]) => schemas[method].safeParse(result).success)));
