// Three pictures of a scored article: light, dark with a sentence opened, and as on a telephone. Called by article_pictures.sh.
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [, , work] = process.argv;
const require = createRequire(join(work, "node_modules", "x.js"));
const { chromium } = require("playwright-core");
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  timeout: 60_000,
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
});

const picture = async (name, viewport, colorScheme, prepare = async () => {}) => {
  const context = await browser.newContext({ viewport, colorScheme });
  const tab = await context.newPage();
  await tab.goto(pathToFileURL(join(work, "article.html")).href);
  await prepare(tab);
  await tab.screenshot({ path: join(work, `article-${name}.png`) });
  await context.close();
};

await picture("light", { width: 760, height: 1000 }, "light");
await picture("dark", { width: 760, height: 1000 }, "dark", async (tab) => {
  const sentence = tab.locator("details.s.t-doubt").first();
  await sentence.locator("summary").click();
  await sentence.evaluate((element) => window.scrollTo(0, element.offsetTop - 330));
  await tab.mouse.move(0, 0);
});
await picture("narrow", { width: 375, height: 1000 }, "light");
await browser.close();
