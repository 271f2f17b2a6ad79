#!/usr/bin/env node
import { readFileSync } from "node:fs";

import { McpServer } from "@modelcontextprotocol/server";
import { StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import { z } from "zod";

import { contrast, parse } from "./colour.js";

const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string };
const server = new McpServer({ name: "colours-mcp", version: manifest.version });

server.registerTool(
  "contrast",
  {
    description: "The contrast of two colours (#rrggbb), and which text sizes WCAG 2.2 allows with it.",
    inputSchema: z.object({ text: z.string(), background: z.string() }),
    annotations: { readOnlyHint: true },
  },
  async ({ text, background }) => {
    const ratio = contrast(parse(text), parse(background));
    const allowed = ratio >= 7 ? "AAA" : ratio >= 4.5 ? "AA" : ratio >= 3 ? "AA for large text" : "nothing that is to be read";
    return { content: [{ type: "text", text: `${ratio.toFixed(2)}:1 – ${allowed}` }] };
  },
);

await server.connect(new StdioServerTransport());
