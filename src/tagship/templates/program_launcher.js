#!/usr/bin/env node
// Starts the program for this platform, which is in an optional dependency. Its standard streams are this process's own,
// signals are handed on, and this process ends as the program does: with its exit code, or by its signal.
"use strict";

const { spawn } = require("node:child_process");
const { constants } = require("node:os");
const path = require("node:path");
const { isatty } = require("node:tty");
const own = require("../package.json");

const command = path.basename(__filename, ".js");
const platforms = Object.keys(own.optionalDependencies);

function fail(...lines) {
  process.stderr.write(lines.map((line) => `${own.name}: ${line}\n`).join(""));
  process.exit(1);
}

function find() {
  for (const name of platforms) {
    let manifest;
    try {
      manifest = require.resolve(`${name}/package.json`);
    } catch {
      continue; // for another platform, or left out
    }
    const { os, cpu } = require(manifest);
    if (os.includes(process.platform) && cpu.includes(process.arch)) {
      const ending = process.platform === "win32" ? ".exe" : "";
      return path.join(path.dirname(manifest), "bin", `${command}${ending}`);
    }
  }
  const here = `${process.platform}-${process.arch}`;
  if (!platforms.some((name) => name.endsWith(`-${here}`))) {
    return fail(`there is no program for ${here}; there are ${platforms.join(", ")}`);
  }
  return fail(
    `the package with the program for ${here} is not installed`,
    "install again with optional dependencies (no --omit=optional, no --no-optional);",
    "a lockfile that was made on another platform may lack it: delete node_modules and the lockfile first",
  );
}

const program = find();
const child = spawn(program, process.argv.slice(2), { stdio: "inherit", windowsHide: true });

// A terminal sends these to the program itself as well: twice would be once too often.
// (`process.stdin` is not to be touched: it would make the program's standard input non-blocking.)
const fromTerminal = isatty(0) ? ["SIGINT", "SIGQUIT"] : [];
const signals = ["SIGINT", "SIGQUIT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGBREAK"].filter(
  (name) => name in constants.signals,
);
for (const name of signals) {
  process.on(name, () => {
    if (!fromTerminal.includes(name)) child.kill(name);
  });
}

child.on("error", (error) => fail(`${program} cannot be started: ${error.message}`));
child.on("exit", (code, signal) => {
  if (signal === null) process.exit(code);
  for (const name of signals) process.removeAllListeners(name);
  process.kill(process.pid, signal);
  setTimeout(() => process.exit(128 + constants.signals[signal]), 100); // where the signal does not end this process
});
