/**
 * VS Code as a person sees and uses it, in a browser.
 */

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Browser, chromium, type FrameLocator, type Locator, type Page } from "playwright-core";
import { PATIENCE, until } from "./until.ts";

const FLAGS =
  "no-sandbox disable-gpu disable-quic no-first-run disable-background-networking disable-component-update disable-sync";

export class Workbench {
  readonly page: Page;
  private readonly browser: Browser;
  private readonly album: string;
  private pictures = 0;

  private constructor(browser: Browser, page: Page, album: string) {
    this.browser = browser;
    this.page = page;
    this.album = album;
  }

  /** Open a browser on VS Code; pictures go to the folder `album`. */
  static async open(url: string, album: string): Promise<Workbench> {
    await mkdir(album, { recursive: true });
    const browser = await chromium.launch({
      executablePath: "/usr/bin/chromium",
      args: FLAGS.split(" ").map((flag) => `--${flag}`),
    });
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1.5 });
    page.setDefaultTimeout(PATIENCE * 1000);
    await page.goto(url, { waitUntil: "commit", timeout: 120_000 });
    await page.locator(".explorer-folders-view .monaco-list-row").first().waitFor({ timeout: 120_000 });
    return new Workbench(browser, page, album);
  }

  close(): Promise<void> {
    return this.browser.close();
  }

  /** Keep a picture of the window. */
  async picture(name: string): Promise<void> {
    this.pictures += 1;
    await this.page.screenshot({ path: join(this.album, `${String(this.pictures).padStart(2, "0")}-${name}.png`) });
  }

  // ---- palette and lists

  /** Open the palette and run a command by its title. */
  async command(title: string): Promise<void> {
    const row = this.rows()
      .filter({ has: this.page.getByText(title, { exact: true }) })
      .first();
    await until(`the palette offers ${title}`, async () => {
      await this.page.keyboard.press("F1");
      await this.input().waitFor({ timeout: 5_000 });
      await this.input().fill(`>${title}`);
      await row.waitFor({ timeout: 5_000 });
      return true;
    });
    await row.click();
    await this.rest();
  }

  /** Pick a row of the list that is open. */
  async pick(text: string | RegExp): Promise<void> {
    await this.rows().filter({ hasText: text }).first().click();
    await this.rest();
  }

  /** The rows of the list that is open. */
  rows(): Locator {
    return this.page.locator(".quick-input-list .monaco-list-row");
  }

  input(): Locator {
    return this.page.locator(".quick-input-widget input").first();
  }

  // ---- explorer, tabs, editor

  /** A row of the explorer by the name of the file or folder. */
  row(name: string): Locator {
    return this.page.locator(".explorer-folders-view .monaco-list-row").filter({ hasText: new RegExp(`^${name}$`) });
  }

  tab(name: string): Locator {
    return this.page.locator(".tabs-container .tab").filter({ hasText: name });
  }

  /** Give the badge of a row or tab: letters, among them counts of problems. */
  badge(of: Locator): Promise<string> {
    return of
      .locator(".monaco-icon-label")
      .first()
      .evaluate((label) => getComputedStyle(label, "::after").content);
  }

  /** Give what pointing at a row tells. */
  async tooltip(of: Locator): Promise<string> {
    return (await of.locator(".monaco-icon-label").first().getAttribute("aria-label")) ?? "";
  }

  /** Open a file by the name that the palette finds it by. */
  async openFile(path: string): Promise<void> {
    const name = path.slice(path.lastIndexOf("/") + 1);
    await this.page.keyboard.press("Control+P");
    await this.input().fill(path);
    await this.pick(name);
    await this.tab(name).waitFor();
  }

  /** The notes that decorations put behind the text of lines. */
  async notes(): Promise<string> {
    const lines = this.page.locator(".monaco-editor .view-line span[class*='ced-']");
    return (await lines.evaluateAll((spans) => spans.map((span) => getComputedStyle(span, "::after").content))).join(
      "\n",
    );
  }

  /** Point at a line of the open file by its text, and give what the hover says. */
  async hover(text: string): Promise<string> {
    const hover = this.page.locator(".monaco-hover:not(.hidden) .hover-row").first();
    await until("there is a hover", async () => {
      await this.rest();
      const line = this.page.locator(".monaco-editor .view-line").filter({ hasText: text }).first();
      await line.hover({ position: { x: 60, y: 8 }, timeout: 3_000 });
      await hover.waitFor({ timeout: 3_000 });
      return true;
    });
    return this.page.locator(".monaco-hover:not(.hidden)").first().innerText();
  }

  /** The lines of open files that have some text. */
  line(text: string): Locator {
    // The editor writes spaces as no-break spaces.
    const pattern = text.replaceAll(/[$()*+.?[\\\]^{|}]/g, "\\$&").replaceAll(" ", "\\s");
    return this.page.locator(".monaco-editor .view-line").filter({ hasText: new RegExp(pattern) });
  }

  /** Type at the end of the first line of the open file. */
  async type(text: string): Promise<void> {
    await this.page.locator(".editor-instance .monaco-editor .view-line").first().click();
    await this.page.keyboard.press("Control+Home");
    await this.page.keyboard.press("End");
    await this.page.keyboard.type(text);
  }

  /** Move the pointer to where it shows nothing. */
  rest(): Promise<void> {
    return this.page.mouse.move(640, 780);
  }

  /** The links above lines of the open file. */
  lens(text: string): Locator {
    return this.page.locator(".codelens-decoration a").filter({ hasText: text });
  }

  // ---- what it tells

  toast(text: string | RegExp): Locator {
    return this.page.locator(".notifications-toasts .notification-list-item").filter({ hasText: text });
  }

  /** A notification of something that is going on. */
  progress(text: string | RegExp): Locator {
    return this.toast(text).filter({ has: this.page.getByText("Cancel", { exact: true }) });
  }

  status(text: string | RegExp): Locator {
    return this.page.locator(".statusbar-item").filter({ hasText: text });
  }

  /** The rows of the Task Board. */
  board(text: string | RegExp): Locator {
    return this.page
      .locator('[id="workbench.view.extension.parallelRefactor"] .monaco-list-row')
      .filter({ hasText: text });
  }

  /** Click one of the buttons that a row of the Task Board shows when it is pointed at. */
  async act(row: Locator, title: string): Promise<void> {
    await until(`the row offers ${title}`, async () => {
      await row.hover({ timeout: 3_000 });
      await row.getByRole("button", { name: title, exact: true }).first().click({ timeout: 3_000 });
      return true;
    });
    await this.rest();
  }

  /** The page that an extension shows. */
  webview(): FrameLocator {
    return this.page.frameLocator("iframe.webview.ready").frameLocator("iframe#active-frame");
  }

  /** Open the menu of something and pick an entry. */
  async menu(of: Locator, entry: string): Promise<void> {
    const menu = this.page.locator(".monaco-menu");
    await until(`the menu offers ${entry}`, async () => {
      await this.page.keyboard.press("Escape");
      await of.click({ button: "right", timeout: 3_000 });
      await menu.locator(".action-item").filter({ hasText: entry }).first().hover({ timeout: 3_000 });
      await this.page.keyboard.press("Enter"); // a click so soon after the menu has opened does nothing
      await menu.waitFor({ state: "detached", timeout: 3_000 });
      return true;
    });
  }

  /** The question that must be answered before anything else. */
  dialog(): Locator {
    return this.page.locator(".monaco-dialog-box");
  }

  /** Load the window anew, as after a restart of VS Code. */
  async reload(): Promise<void> {
    await this.page.reload({ waitUntil: "commit", timeout: 120_000 });
    await this.page.locator(".explorer-folders-view .monaco-list-row").first().waitFor({ timeout: 120_000 });
  }

  problems(): Locator {
    return this.page.locator(".markers-panel .monaco-list-row");
  }
}
