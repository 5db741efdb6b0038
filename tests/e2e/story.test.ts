/**
 * A person's whole story with a run: start it from the explorer, read its plan, see who holds what,
 * cancel a worker, take files, review it, take a file back, undo it, commit another.
 *
 * The engine is `simulate`: three files never get ready, so what a person looks at stays as it is.
 */

import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { Story } from "./story.ts";
import { until } from "./until.ts";

const TITLE = "Add docstrings to all functions";
const STUCK = ["pricing", "money", "storage"].map((name) => `bookshop/${name}.py`);
const SETTINGS = {
  "files.autoSave": "afterDelay",
  "parallelRefactor.workers": 5,
  "parallelRefactor.engine": "simulate",
  "parallelRefactor.engineOptions": { seconds: 0.5, hang: STUCK.join(",") },
};

const story = new Story("run", SETTINGS);
let original: Record<string, string>;

story.step(
  "a run is started from the explorer's menu with a recipe, and its plan is shown as a document",
  async ({ vscode, stage }) => {
    original = await stage.digests();
    await vscode.openFile("bookshop/pricing.py");
    await vscode.menu(vscode.row("bookshop").first(), "Parallel Refactor...");
    await vscode.rows().filter({ hasText: TITLE }).waitFor();
    await vscode.picture("recipes");
    await vscode.pick(TITLE);
    const plan = vscode.webview();
    await plan.getByRole("heading", { name: TITLE }).waitFor();
    await plan.getByText(/\d+ files in \d+ tasks/).waitFor();
    await plan.getByRole("row").filter({ hasText: "bookshop/pricing.py" }).waitFor();
    await vscode.picture("plan");
  },
);

story.step("a file is left out of the plan, and the run is started from there", async ({ vscode }) => {
  const plan = vscode.webview();
  await plan.getByRole("button", { name: "Leave out bookshop/legacy.py" }).click();
  await plan.getByRole("row").filter({ hasText: "legacy.py" }).getByText("left out").waitFor();
  await vscode.picture("plan-changed");
  await plan.getByRole("button", { name: "Start", exact: true }).click();
  await vscode.tab("Plan r1").waitFor({ state: "detached" });
});

story.step("the Task Board shows runs, tasks and files", async ({ vscode }) => {
  await vscode.status(/of \d+ files/).click();
  await vscode.board(TITLE).first().waitFor();
  await vscode.board(/^pricing\.py.*r1-w\d/).waitFor();
  await until("what is done is shown", async () => (await vscode.board(/changed/).count()) > 5);
  await vscode.picture("board");
});

story.step("explorer and tab show who holds the file", async ({ vscode }) => {
  await vscode.command("View: Show Explorer");
  await vscode.row("bookshop").first().click();
  const row = vscode.row("pricing.py");
  await until("the row has a badge", async () => (await vscode.badge(row)).includes("W"));
  assert.match(await vscode.tooltip(row), /Worker r1-w\d+ .*Add docstrings/);
  await until("the tab has a badge", async () => (await vscode.badge(vscode.tab("pricing.py"))).includes("W"));
  await vscode.picture("badges");
});

story.step("Problems, the first line and a hover name the owner", async ({ vscode }) => {
  await vscode.command("Problems: Focus on Problems View");
  await vscode
    .problems()
    .filter({ hasText: /Worker r1-w\d+/ })
    .first()
    .waitFor();
  await until("the first line has a note", async () => (await vscode.notes()).includes(TITLE));
  assert.match(await vscode.hover("from __future__"), /Worker r1-w\d+ is .*\n+Run: r1, Add docstrings/);
});

story.step("it can be seen in high contrast, and in light colours", async ({ vscode, server }) => {
  const themes = {
    "Default High Contrast": "hc-black",
    "Default Light Modern": "vs",
    "Default Dark Modern": "vs-dark",
  };
  for (const [theme, kind] of Object.entries(themes)) {
    await server.configure({ ...SETTINGS, "workbench.colorTheme": theme });
    await until("the theme is used", () => vscode.page.locator(`.monaco-workbench.${kind}`).isVisible());
    await vscode.picture(`held-${kind}`);
  }
});

story.step("a worker that is cancelled loses its file to another", async ({ vscode }) => {
  const row = vscode.row("pricing.py");
  const [owner = ""] = /r1-w\d+/.exec(await vscode.tooltip(row)) ?? [];
  await vscode.command("Parallel Refactor: Cancel Worker...");
  await vscode.rows().filter({ hasText: owner }).waitFor();
  await vscode.picture("workers");
  await vscode.pick(owner);
  await until("another worker holds the file", async () => {
    const [other] = /r1-w\d+/.exec(await vscode.tooltip(row)) ?? [];
    return other !== undefined && other !== owner;
  });
});

story.step("when the language server dies, all is shown again by the next", async ({ vscode, server }) => {
  const row = vscode.row("pricing.py");
  const gone = until("the badge is gone", async () => !(await vscode.badge(row)).includes("W"));
  await Promise.all([gone, server.crashLanguageServer()]);
  await until("the badge is back", async () => (await vscode.badge(row)).includes("W"));
  await vscode.progress("workers busy").waitFor();
});

story.step("when the window is loaded anew, the run goes on and is shown again", async ({ vscode }) => {
  await vscode.reload();
  await until("the badge is back", async () => (await vscode.badge(vscode.row("pricing.py"))).includes("W"));
  await vscode.progress("workers busy").waitFor();
});

story.step("who types in a file that a worker has is warned once, and can take it", async ({ vscode, stage }) => {
  await vscode.openFile("bookshop/storage.py");
  await vscode.type("# mine");
  const warning = vscode.toast("is changing bookshop/storage.py");
  await warning.waitFor();
  await vscode.picture("warning");
  await warning.getByText("Take the File", { exact: true }).click();
  await vscode.toast("storage.py is yours").first().waitFor();
  const row = vscode.row("storage.py");
  await until("it has no badge", async () => !(await vscode.badge(row)).includes("W"));
  await vscode.type(" indeed");
  await vscode.line("# mine indeed").first().waitFor();
  assert.equal(await warning.count(), 0);
  await until("it is saved", async () => (await stage.read("bookshop/storage.py")).includes("# mine indeed"));
  await vscode.picture("taken");
});

story.step("a file that was taken stays the person's, although VS Code saves by itself", async ({ vscode, stage }) => {
  await vscode.status("16 of 19 files").waitFor();
  assert.ok(!(await vscode.badge(vscode.row("storage.py"))).includes("W"));
  for (let times = 0; times < 3; times += 1) {
    await vscode.page.keyboard.press("Control+Z");
  }
  await until("it is as it was", async () => !(await stage.read("bookshop/storage.py")).includes("# mine"));
});

story.step("a run is paused and goes on", async ({ vscode }) => {
  await vscode.command("Parallel Refactor: Pause Run");
  await vscode.command("Parallel Refactor: Resume Run");
  await vscode.status(/of \d+ files/).waitFor();
});

story.step("the run is cancelled from its notification, and says what it has done", async ({ vscode, stage }) => {
  await vscode.progress("workers busy").getByText("Cancel", { exact: true }).click();
  await vscode.rest();
  await vscode.progress("workers busy").waitFor({ state: "detached" });
  await until("no badge is left", async () => !(await vscode.badge(vscode.row("pricing.py"))).includes("W"));
  await vscode.status(/of \d+ files/).waitFor({ state: "detached" });
  assert.notDeepEqual(await stage.digests(), original);
  await vscode
    .toast(/files changed.* is cancelled/)
    .getByText("Review", { exact: true })
    .waitFor();
  await vscode.picture("ended");
});

story.step("what it changed is reviewed in one editor", async ({ vscode }) => {
  await vscode
    .toast(/is cancelled/)
    .getByText("Review", { exact: true })
    .click();
  await vscode.page.locator(".multiDiffEntry").first().waitFor();
  await vscode.line("simulated by").first().waitFor();
  await vscode.picture("review");
});

story.step("one file is taken back from the Task Board", async ({ vscode, stage }) => {
  await vscode.command("Task Board: Focus on Task Board View");
  const run = vscode.board(TITLE).first();
  await run.click();
  await vscode.act(vscode.board(/^money\.py|^book\.py/).first(), "Take Back");
  await vscode
    .board(/taken back/)
    .first()
    .waitFor();
  await until("it is as it was", async () => {
    const now = await stage.digests();
    return now["bookshop/book.py"] === original["bookshop/book.py"];
  });
  await vscode.picture("taken-back");
});

story.step("what was left is walked through", async ({ vscode }) => {
  await vscode.command("Parallel Refactor: What Was Left");
  await vscode.rows().filter({ hasText: "a person left it out" }).first().waitFor();
  await vscode.picture("left");
  await vscode.page.keyboard.press("Escape");
});

story.step("the run is undone, to the last byte", async ({ vscode, stage }) => {
  await vscode.command("Parallel Refactor: Undo Run");
  await vscode.pick(/^Add docstrings/);
  await vscode.dialog().getByText("to put back as before run r1").waitFor();
  await vscode.picture("undo");
  await vscode.dialog().getByText("Undo", { exact: true }).click();
  await until("all files are as they were", async () => isDeepStrictEqual(await stage.digests(), original));
  await vscode.toast(/files changed: Undo r1: .* is done/).waitFor();
  await vscode.picture("undone");
});

story.step("another run, of a recipe, is committed", async ({ vscode, stage, server }) => {
  await server.configure({ "parallelRefactor.workers": 4 });
  await vscode.command("View: Show Explorer");
  await vscode.menu(vscode.row("pricing.py"), "Parallel Refactor...");
  await vscode.pick(TITLE);
  await vscode.webview().getByRole("button", { name: "Start", exact: true }).click();
  const end = vscode.toast(/1 file changed: .* is done/);
  await end.getByText("Commit", { exact: true }).click();
  await vscode.rows().filter({ hasText: "One commit" }).waitFor();
  await vscode.picture("commit");
  await vscode.pick("One commit");
  await vscode.toast("1 file committed").waitFor();
  assert.equal(await stage.git("show", "--name-only", "--format=%s"), `${TITLE}\n\nbookshop/pricing.py\n`);
  assert.match(await stage.git("log", "-1", "--format=%b"), /1 file changed by Parallel Refactor, recipe docstrings/);
});

story.step("a program that cannot be started is named, and what to do", async ({ vscode, server }) => {
  await server.configure({ ...SETTINGS, "parallelRefactor.interpreter": "/usr/bin/false" });
  const refusal = vscode.toast("cannot be started with /usr/bin/false: it ended with code 1");
  await until("the refusal is shown", async () => {
    await vscode.command("Parallel Refactor: Restart Server");
    await refusal.waitFor({ timeout: 5_000 });
    return true;
  });
  await refusal.getByText("Open Settings").waitFor();
  await vscode.picture("refused");
});
