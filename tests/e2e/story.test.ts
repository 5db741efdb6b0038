/**
 * A person's whole story with a run: start it from the palette, see who holds what, cancel a worker, end it, undo it.
 *
 * The engine is `simulate`: four files never get ready, so what a person looks at stays as it is.
 */

import assert from "node:assert/strict";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { CodeServer } from "./code_server.ts";
import { Stage } from "./stage.ts";
import { until } from "./until.ts";
import { Workbench } from "./workbench.ts";

const TITLE = "Add docstrings to all functions";
const STUCK = ["pricing", "money", "storage"].map((name) => `bookshop/${name}.py`);
const SETTINGS = {
  "parallelRefactor.workers": 5,
  "parallelRefactor.engine": "simulate",
  "parallelRefactor.engineOptions": { seconds: 0.5, hang: STUCK.join(",") },
};
const ALBUM = join(import.meta.dirname, "..", "..", "build", "e2e");

let stage: Stage;
let server: CodeServer;
let vscode: Workbench;
let original: Record<string, string>;
let failed = false;

before(async () => {
  await rm(ALBUM, { recursive: true, force: true });
  await mkdir(ALBUM, { recursive: true });
  stage = await Stage.make();
  original = await stage.digests();
  server = await CodeServer.start(stage.place, stage.root, SETTINGS, join(ALBUM, "code-server.log"));
  vscode = await Workbench.open(server.url, ALBUM);
});

after(async () => {
  await vscode?.close();
  await server?.stop();
  await stage?.remove();
});

/** Steps build on each other: after one that failed the others cannot be tried. */
function step(name: string, work: () => Promise<void>): void {
  test(name, async (context) => {
    if (failed) {
      context.skip("an earlier step failed");
      return;
    }
    failed = true;
    await work();
    failed = false;
  });
}

afterEach(async (context) => {
  if (failed) {
    await vscode?.picture(`failed-${context.name.replaceAll(/\W+/g, "-")}`);
  }
});

step("a run is started from the palette with a recipe, after its plan was shown", async () => {
  await vscode.openFile("bookshop/pricing.py");
  await vscode.command("Parallel Refactor Workspace");
  await vscode.rows().filter({ hasText: TITLE }).waitFor();
  await vscode.picture("recipes");
  await vscode.pick(TITLE);
  const plan = vscode.toast(/26 files in \d+ tasks, with 5 workers/);
  await plan.waitFor();
  await vscode.picture("plan");
  await plan.getByText("Start", { exact: true }).click();
});

step("explorer and tab show who holds the file", async () => {
  await vscode.row("bookshop").first().click();
  const row = vscode.row("pricing.py");
  await until("the row has a badge", async () => (await vscode.badge(row)).includes("W"));
  assert.match(await vscode.tooltip(row), /Worker r1-w\d+ .*Add docstrings/);
  await until("the tab has a badge", async () => (await vscode.badge(vscode.tab("pricing.py"))).includes("W"));
  await vscode.picture("badges");
});

step("Problems, the first line and a hover name the owner", async () => {
  await vscode.status("3 workers,").waitFor();
  await vscode.command("Problems: Focus on Problems View");
  await vscode
    .problems()
    .filter({ hasText: /Worker r1-w\d+/ })
    .first()
    .waitFor();
  await until("the first line has a note", async () => (await vscode.notes()).includes(TITLE));
  assert.match(await vscode.hover("from __future__"), /Worker r1-w\d+ is .*\n+Run: r1, Add docstrings/);
  await vscode.picture("held");
});

step("a worker that is cancelled loses its file to another", async () => {
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
  await vscode.picture("another-worker");
});

step("when the language server dies, all is shown again by the next", async () => {
  const row = vscode.row("pricing.py");
  const gone = until("the badge is gone", async () => !(await vscode.badge(row)).includes("W"));
  await Promise.all([gone, server.crashLanguageServer()]);
  await until("the badge is back", async () => (await vscode.badge(row)).includes("W"));
  await vscode.progress("3 workers busy").waitFor();
});

step("a file that is taken is the person's", async () => {
  await vscode.openFile("bookshop/storage.py");
  await vscode.command("Parallel Refactor: Give Me This File");
  await vscode.toast("storage.py is yours").first().waitFor();
  const row = vscode.row("storage.py");
  await until("it has no badge", async () => !(await vscode.badge(row)).includes("W"));
  await vscode.picture("taken");
});

step("the run is cancelled from its notification", async () => {
  await vscode.progress("2 workers busy").getByText("Cancel", { exact: true }).click();
  await vscode.rest();
  await vscode.progress("workers busy").waitFor({ state: "detached" });
  await until("no badge is left", async () => !(await vscode.badge(vscode.row("pricing.py"))).includes("W"));
  await vscode.status("workers,").waitFor({ state: "detached" });
  assert.equal(await vscode.problems().count(), 0);
  assert.notDeepEqual(await stage.digests(), original);
  await vscode.picture("cancelled");
});

step("the run is undone, to the last byte", async () => {
  await vscode.command("Parallel Refactor: Undo Run");
  await vscode.rows().filter({ hasText: "23 files changed" }).waitFor();
  await vscode.picture("undo");
  await vscode.pick(TITLE);
  await until("all files are as they were", async () => isDeepStrictEqual(await stage.digests(), original));
  await until("no badge is left", async () => !(await vscode.badge(vscode.row("README.md"))).includes("W"));
  await vscode.status("workers,").waitFor({ state: "detached" });
  await vscode.toast(/23 files changed: Undo r1: .* is done/).waitFor();
  await vscode.progress("Undo r1").waitFor({ state: "detached" });
  await vscode.picture("undone");
});

step("a program that cannot be started is named, and what to do", async () => {
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
