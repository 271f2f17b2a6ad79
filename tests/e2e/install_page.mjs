// Opens the page of a release as people do and tells what happened, as JSON: node install_page.mjs PACKAGES CHROMIUM ADDRESS SCREENSHOTS
import { createRequire } from "node:module";
import { join } from "node:path";

const [packages, chromium, address, screenshots] = process.argv.slice(2);
const require = createRequire(join(packages, "package.json"));
const playwright = require("playwright-core");
const axe = require.resolve("axe-core/axe.min.js");
const browser = await playwright.chromium.launch({ executablePath: chromium, args: ["--no-sandbox"] });
const told = { widths: {} };

async function open(options) {
  const context = await browser.newContext(options);
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: new URL(address).origin });
  const page = await context.newPage();
  const seen = { requests: [], errors: [] };
  page.on("request", (request) => seen.requests.push(request.url()));
  page.on("console", (message) => message.type() !== "log" && seen.errors.push(message.text()));
  page.on("pageerror", (error) => seen.errors.push(String(error)));
  const began = performance.now();
  await page.goto(address);
  seen.ready = performance.now() - began;
  return { page, context, seen };
}

for (const [name, width, height, colorScheme] of [["phone", 375, 740, "dark"], ["desktop", 1280, 900, "light"]]) {
  const { page, context, seen } = await open({ viewport: { width, height }, colorScheme, bypassCSP: false });
  const tabs = [];
  for (let presses = 0; presses < 200; presses += 1) {
    await page.keyboard.press("Tab");
    if (await page.evaluate(() => document.activeElement?.getAttribute("role") === "tab")) break;
  }
  const count = await page.getByRole("tab").count();
  for (let at = 0; at < count; at += 1) {
    tabs.push(
      await page.evaluate(() => {
        const panels = [...document.querySelectorAll("[role=tabpanel]")].filter((each) => each.checkVisibility());
        const labelled = panels.length === 1 && panels[0].getAttribute("aria-labelledby") === document.activeElement.id;
        return { label: document.activeElement.textContent, labelled, lines: [...panels[0].querySelectorAll("pre")].map((each) => each.textContent) };
      }),
    );
    await page.keyboard.press("ArrowRight");
  }
  await page.keyboard.press("End");
  const end = await page.evaluate(() => document.activeElement.textContent);
  await page.keyboard.press("Home");
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
  await page.locator("summary").focus();
  await page.keyboard.press("Enter");
  const versions = await page.locator("nav a").evaluateAll((all) => all.map((a) => [a.textContent, new URL(a.href).pathname, a.ariaCurrent]));
  const copied = [];
  for (const button of await page.locator(".copy:visible").all()) {
    await button.focus();
    await page.keyboard.press("Enter");
    copied.push([await button.locator("xpath=../pre").textContent(), await page.evaluate(() => navigator.clipboard.readText())]);
  }
  await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
  told.widths[name] = { tabs, end, wide, versions, copied, ...seen };
  await context.close();

  // axe is put in as a script, which the page's own policy rightly refuses.
  const checked = await open({ viewport: { width, height }, colorScheme, bypassCSP: true });
  await checked.page.addScriptTag({ path: axe });
  const violations = [];
  for (const tab of await checked.page.getByRole("tab").all()) {
    await tab.click();
    const found = await checked.page.evaluate(async () => (await window.axe.run()).violations);
    violations.push(...found.map((each) => `${each.id}: ${each.nodes.map((node) => node.target).join(" ")}`));
  }
  told.widths[name].violations = [...new Set(violations)];
  await checked.context.close();
}

const links = await open({});
told.links = await links.page.locator(".links a").evaluateAll((all) => all.map((a) => [a.textContent, a.getAttribute("href")]));
const plain = await open({ javaScriptEnabled: false });
told.without = await plain.page.locator("body").innerText();
told.unseen = await plain.page.locator("main section:not(:visible)").count();
console.log(JSON.stringify(told));
await browser.close();
