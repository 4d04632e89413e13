// Opens links of `memos browse` in a real browser, runs them, and takes a picture of what is drawn.
//
// Reads JSON from standard input: {user, password, pictures: [{link, file, nodes}]}. `nodes` are captions that must be drawn.
// Needs playwright-core (NODE_PATH) and Chromium (CHROMIUM, by default /usr/bin/chromium).

const fs = require("fs");
const os = require("os");
const path = require("path");
const { chromium } = require("playwright-core");

const QUIET = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

const SETTLE_MS = 4000; // until the nodes have found their places

async function main() {
  const { user, password, pictures } = JSON.parse(fs.readFileSync(0, "utf8"));
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), "pictures-"));
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    headless: true,
    args: QUIET,
    viewport: { width: 1240, height: 760 },
  });
  try {
    const page = await browser.newPage();
    for (const [at, { link, file, nodes }] of pictures.entries()) {
      await page.goto(link);
      if (at === 0) await signIn(page, user, password);
      // Connected, and the server's style in force: its last command leaves an empty page.
      await page.waitForFunction(() => !document.querySelector("article") && document.querySelector(".view-lines"));
      await page.click("[data-testid=editor-Run]");
      await page.waitForSelector("g.node");
      await page.click("button[title='Fullscreen']");
      await page.click("button[title='Collapse the node properties display']");
      await page.waitForTimeout(SETTLE_MS);
      await page.click("[aria-label='zoom-to-fit']");
      await page.waitForTimeout(SETTLE_MS);
      const drawn = await page.$$eval("g.node", (all) =>
        all.map((node) => [...node.querySelectorAll("text")].map((line) => line.textContent.trim()).join(" ")));
      console.log(`${file}: ${drawn.join(" | ")}`);
      const missing = nodes.filter((each) => !drawn.some((caption) => caption.includes(each)));
      if (missing.length) throw new Error(`${file}: not drawn: ${missing.join(", ")}`);
      await page.screenshot({ path: file });
    }
  } finally {
    await browser.close();
    fs.rmSync(profile, { recursive: true });
  }
}

async function signIn(page, user, password) {
  await page.waitForSelector("[data-testid=password]");
  if ((await page.inputValue("[data-testid=username]")) !== user) throw new Error("the link names no user");
  await page.fill("[data-testid=password]", password);
  await page.click("[data-testid=connect]");
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
