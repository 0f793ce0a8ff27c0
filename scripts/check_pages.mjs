// Opens the HTML pages in headless Chromium, of ordinary and of hostile data, at three widths and in both colour schemes:
// no dialog, no request, no message on the console, nothing cut off, nothing serious for axe-core; what the script adds
// works, and without it everything is there. Called by check_pages.sh.
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [, , binary, work] = process.argv;
const require = createRequire(join(work, "node_modules", "x.js"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const HOSTILE = `</title><script>alert(1)</script>'"><svg onload=alert(2)><img src=x onerror=alert(3)>]]>&#60;javascript:alert(4)\u2028\u202e`;
const quoted = (text) => `"${text.replaceAll('"', '""')}"`;

let failures = 0;
let checks = 0;
const check = (holds, what) => {
  checks += 1;
  if (holds) return;
  failures += 1;
  console.error(`FAILED: ${what}`);
};

const run = (args, input) => execFileSync(binary, args, { cwd: work, input, stdio: ["pipe", "pipe", "ignore"], maxBuffer: 1 << 28 });
const page = (name, args) => {
  const html = run(args);
  check(html.equals(run(args)), `${name}: other bytes at the second run`);
  writeFileSync(join(work, name), html);
  return { name, html: html.toString() };
};

// Rows whose names, labels and texts are all hostile, a lone surrogate in UTF-8 and a NUL among them.
let rows = "article,position,label,outlet,text\n";
for (let i = 0; i < 60; i += 1) {
  const label = ["none", HOSTILE, `second ${HOSTILE}`][i % 3];
  const text = `${["rain fell", "he claims", "she denied"][(i + (i % 7 === 0)) % 3]} ${HOSTILE} ${i}`;
  rows += [`${HOSTILE}${i >> 2}`, i % 4, label, HOSTILE, text].map((v) => quoted(String(v))).join(",") + "\n";
}
writeFileSync(join(work, "hostile.csv"), rows);
writeFileSync(join(work, "hostile.txt"), Buffer.concat([Buffer.from(`${HOSTILE} said so.\n\nIt rained`), Buffer.from([0xed, 0xa0, 0x80, 0x20, 0x00]), Buffer.from(". A \u001b[31m bell\u0007.\n")]));
run(["train", "hostile.csv", "-o", "hostile.safetensors", "--folds", "2"]);
const root = process.cwd();
const test = readdirSync(join(root, "data/test")).filter((f) => f.endsWith(".csv")).sort().map((f) => join(root, "data/test", f));
const article = join(root, "data/articles/merger.txt");
const train = join(root, "data/train/pages-0000.csv");
run(["tune", train, "--alpha", "0.1,0.3,1,3", "--ngrams", "1,2", "--min-sentences", "2", "--weighting", "tfidf", "--report", "tune.html"]);
const tuned = { name: "tune.html", html: readFileSync(join(work, "tune.html"), "utf8") };
const pages = [
  page("report.html", ["eval", ...test, "--slice", "outlet", "--train", train, "--learning-curve", train, "--format", "html"]),
  page("hostile-report.html", ["eval", "hostile.csv", "-m", "hostile.safetensors", "--slice", "outlet", "--format", "html"]),
  page("compare.html", ["compare", "builtin", "hostile.safetensors", test[0], "--format", "html"]),
  page("hostile-compare.html", ["compare", "hostile.safetensors", "builtin", "hostile.csv", "--format", "html"]),
  page("article.html", ["score", article, "--format", "html"]),
  page("hostile-article.html", ["score", "hostile.txt", "hostile.csv", "-m", "hostile.safetensors", "--lossy", "--binary", "--format", "html"]),
  tuned,
];
for (const { name, html } of pages) check(html.length < 2e6, `${name}: ${html.length} bytes`);

// A browser that hangs fails the check instead of stopping it.
const timeout = 60_000;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  timeout,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

// `evaluate` has no timeout of its own.
const watch = setTimeout(() => {
  console.error("FAILED: the browser took more than 20 minutes");
  browser.close().finally(() => process.exit(1));
}, 20 * 60_000);

/** Opens a page and fails on whatever it does beside being shown. */
const open = async (name, options) => {
  const context = await browser.newContext({ deviceScaleFactor: 1, ...options });
  context.setDefaultTimeout(timeout);
  const tab = await context.newPage();
  const url = pathToFileURL(join(work, name)).href;
  const where = `${name} (${options.viewport.width} px, ${options.colorScheme ?? "light"})`;
  tab.on("dialog", (dialog) => { check(false, `${where}: a dialog`); dialog.dismiss(); });
  tab.on("console", (message) => check(false, `${where}: console: ${message.text()}`));
  tab.on("pageerror", (error) => check(false, `${where}: ${error.message}`));
  tab.on("request", (request) => check(request.url().split("#")[0] === url, `${where}: asks for ${request.url()}`));
  await tab.goto(url);
  return { context, tab, where };
};

/** What sticks out of the page or of its drawing. */
const cutOff = () => {
  const wrong = [];
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (wide > 0) wrong.push(`the page is ${wide} px too wide`);
  for (const svg of document.querySelectorAll("svg.plot")) {
    const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
    if (svg.getBoundingClientRect().width < 100) wrong.push("a drawing is not shown");
    for (const text of svg.querySelectorAll("text")) {
      const box = text.getBBox();
      const turned = text.hasAttribute("transform");
      if (!turned && (box.x < -1 || box.x + box.width > width + 1 || box.y + box.height > height + 2)) wrong.push(`“${text.textContent}” is cut off`);
    }
  }
  return wrong;
};

for (const { name } of pages) {
  for (const width of [375, 800, 1400]) {
    for (const colorScheme of ["light", "dark"]) {
      const { context, tab, where } = await open(name, { viewport: { width, height: 900 }, colorScheme });
      for (const problem of await tab.evaluate(cutOff)) check(false, `${where}: ${problem}`);
      // The policy forbids scripts put in from outside, so axe comes by the debugger's door.
      await tab.evaluate(axe);
      const { violations } = await tab.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
      for (const v of violations) check(!["serious", "critical"].includes(v.impact), `${where}: axe: ${v.id}: ${v.nodes.length} of ${v.nodes[0]?.html.slice(0, 160)}`);
      check(true, where);
      await context.close();
    }
  }
}

{ // The script sorts, filters and searches.
  const { context, tab } = await open("report.html", { viewport: { width: 1400, height: 900 } });
  const first = () => tab.locator("table.sortable").first().locator("tbody tr").first().innerText();
  const before = await first();
  const recall = tab.getByRole("button", { name: "recall" }).first();
  await recall.focus();
  await tab.keyboard.press("Enter");
  const most = await first();
  await tab.keyboard.press("Enter");
  check((await first()) !== most, "report.html: sorting does nothing");
  await tab.keyboard.press("Enter");
  check((await first()) === before, "report.html: the third press does not restore the order");
  const shown = () => tab.locator(".mistakes > li:visible").count();
  const all = await shown();
  await tab.locator("a[data-pair]").first().click();
  const pair = await shown();
  check(pair > 0 && pair < all, `report.html: ${pair} of ${all} mistakes of a pair`);
  await tab.getByLabel("Search").fill("zzzz-not-there");
  check((await shown()) === 0 && (await tab.locator("output").innerText()).startsWith("0 of"), "report.html: search");
  await context.close();
}

{ // Without it the same is there, but for what would not work.
  const { context, tab } = await open("report.html", { viewport: { width: 800, height: 900 }, javaScriptEnabled: false });
  check((await tab.locator(".filter:visible").count()) === 0, "report.html: a filter without a script");
  check((await tab.locator(".mistakes > li:visible").count()) > 50, "report.html: no mistakes without a script");
  check((await tab.locator("svg.plot:visible").count()) >= 5, "report.html: no figures without a script");
  await context.close();
}

{ // A sentence opens by keyboard and says why; its confidence is shown under the pointer.
  const { context, tab } = await open("article.html", { viewport: { width: 800, height: 900 }, javaScriptEnabled: false });
  const sentence = tab.locator("details.s").nth(2);
  await sentence.locator("summary").focus();
  await tab.keyboard.press("Enter");
  check(await sentence.locator(".card").isVisible(), "article.html: the reasons do not open");
  await tab.locator("details.s summary").nth(5).hover();
  const tip = await tab.locator("details.s").nth(5).locator(".tip").boundingBox();
  check(tip.width > 40 && tip.y + tip.height <= 900, "article.html: no confidence under the pointer");
  await context.close();
}

clearTimeout(watch);
await browser.close();
console.log(`${checks - failures} passed, ${failures} failed`);
process.exit(failures > 0 ? 1 : 0);
