// Goes through a site of install pages as people do, and tells what happened, as JSON:
// node install_site.mjs PACKAGES CHROMIUM ADDRESS SCREENSHOTS
import { createRequire } from "node:module";
import { join } from "node:path";

const [packages, chromium, address, screenshots] = process.argv.slice(2);
const require = createRequire(join(packages, "package.json"));
const playwright = require("playwright-core");
const axe = require.resolve("axe-core/axe.min.js");
const browser = await playwright.chromium.launch({ executablePath: chromium, args: ["--no-sandbox"] });
const told = { views: {}, violations: [] };

async function open(options, path = "/") {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const seen = { requests: [], errors: [] };
  page.on("request", (request) => seen.requests.push(request.url()));
  page.on("console", (message) => message.type() !== "log" && seen.errors.push(message.text()));
  page.on("pageerror", (error) => seen.errors.push(String(error)));
  await page.goto(address + path, { waitUntil: "networkidle" });
  return { page, context, seen };
}

const chosen = (page) => page.locator("select").evaluate((each) => [...each.options].map((o) => [o.text, o.selected]));

for (const [name, width, height, colorScheme] of [
  ["phone-dark", 375, 740, "dark"],
  ["phone-light", 375, 740, "light"],
  ["desktop-light", 1280, 900, "light"],
  ["desktop-dark", 1280, 900, "dark"],
]) {
  const { page, context, seen } = await open({ viewport: { width, height }, colorScheme });
  const view = { first: await page.title(), options: await chosen(page) };
  await page.screenshot({ path: join(screenshots, `site-${name}.png`), fullPage: true });
  for (let presses = 0; presses < 50; presses += 1) {
    await page.keyboard.press("Tab");
    if (await page.evaluate(() => document.activeElement.tagName === "SELECT")) break;
  }
  view.label = await page.evaluate(() => document.activeElement.labels[0].textContent);
  await page.keyboard.press("ArrowDown"); // goes through the list, and nowhere else
  await page.waitForTimeout(200);
  view.stays = new URL(page.url()).pathname;
  await page.keyboard.press("End");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/releases/**");
  await page.waitForSelector("select");
  view.older = { path: new URL(page.url()).pathname, title: await page.title(), options: await chosen(page) };
  view.older.newer = await page.locator(".newer").innerText();
  await page.screenshot({ path: join(screenshots, `site-old-${name}.png`), fullPage: true });
  await page.locator(".newer a").click();
  await page.waitForSelector("select");
  view.newest = [await page.title(), await page.locator(".newer").count()];
  await page.getByRole("combobox").selectOption({ label: "1.10.0-rc.1 (prerelease)" }); // as a pointer does
  await page.waitForURL("**/v1.10.0-rc.1/**");
  view.wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
  told.views[name] = { ...view, ...seen };
  await context.close();

  for (const path of ["/", "/releases/", "/releases/v1.2.0/", "/packages.html"]) {
    // axe is put in as a script, which the page's own policy rightly refuses.
    const checked = await open({ viewport: { width, height }, colorScheme, bypassCSP: true }, path);
    await checked.page.addScriptTag({ path: axe });
    const found = await checked.page.evaluate(async () => (await window.axe.run()).violations);
    told.violations.push(...found.map((e) => `${path} ${name} ${e.id}: ${e.nodes.map((n) => n.target).join(" ")}`));
    const wide = await checked.page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    if (wide) told.violations.push(`${path} ${name} is too wide`);
    if (checked.seen.errors.length) told.violations.push(`${path} ${name} ${checked.seen.errors}`);
    if (path !== "/") {
      const shown = `site${path.replaceAll("/", "-")}${name}.png`;
      await checked.page.screenshot({ path: join(screenshots, shown), fullPage: true });
    }
    await checked.context.close();
  }
}

const plain = await open({ javaScriptEnabled: false });
told.plain = { unseen: await plain.page.locator("main section:not(:visible)").count(), steps: [] };
told.plain.text = await plain.page.locator("body").innerText();
for (const name of ["All versions", "1.2.0", "All versions", "1.10.0", "Newest version"]) {
  await plain.page.getByRole("link", { name, exact: true }).click();
  told.plain.steps.push([new URL(plain.page.url()).pathname, await plain.page.title()]);
}
told.plain.requests = plain.seen.requests;
console.log(JSON.stringify(told));
await browser.close();
