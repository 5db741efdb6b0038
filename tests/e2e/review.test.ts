/**
 * Review mode: a run proposes, a person types on, looks, accepts, rejects; later undoes around what they wrote.
 */

import assert from "node:assert/strict";
import { Story } from "./story.ts";
import { until } from "./until.ts";

const TITLE = "Add docstrings to all functions";
const MINE = "# mine\n";

const story = new Story("review", { "files.autoSave": "off", "parallelRefactor.review": true });

story.step("a run waits for a review, and nothing has landed", async ({ vscode, stage }) => {
  const before = await stage.digests();
  await vscode.openFile("bookshop/money.py");
  await vscode.command("Parallel Refactor Workspace");
  await vscode.pick(TITLE);
  await vscode.webview().getByRole("button", { name: "Start", exact: true }).click();
  const told = vscode.toast(/\d+ files wait for your review/);
  await told.getByText("Accept All", { exact: true }).waitFor();
  assert.deepEqual(await stage.digests(), before);
  await until("the tab has the badge", async () => (await vscode.badge(vscode.tab("money.py"))).includes("R"));
  await vscode.tab("money.py").click();
  await until("a note says so", async () => (await vscode.notes()).includes("r1 proposes a change"));
  await until("the hover says so", async () =>
    (await vscode.hover("from __future__")).includes("waits for your review"),
  );
  await vscode.picture("proposed");
});

story.step("what is proposed is shown beside the files as they are", async ({ vscode }) => {
  await vscode
    .toast(/files wait for your review/)
    .getByText("Review", { exact: true })
    .click();
  await vscode.tab("Proposed by r1").waitFor();
  await vscode.line("Return the length").first().waitFor();
  await vscode.picture("review");
});

story.step("a person types on in a proposed file, and is not warned", async ({ vscode, stage }) => {
  await vscode.tab("money.py").click();
  await vscode.page.locator(".editor-instance .monaco-editor .view-line").first().click();
  await vscode.page.keyboard.press("Control+Home");
  await vscode.page.keyboard.type("# mine\n");
  await vscode.page.keyboard.press("Control+S");
  await until("it is saved", async () => String(await stage.read("bookshop/money.py")).startsWith(MINE));
  assert.equal(await vscode.toast("is changing").count(), 0);
});

story.step("a file is accepted on the Task Board, and merged", async ({ vscode, stage }) => {
  await vscode.command("Task Board: Focus on Task Board View");
  const row = vscode.board(/^money\.py.*waits for your review/);
  await row.waitFor();
  await vscode.act(row, "Accept Proposal");
  await until("it has landed", async () => /^# mine\n[^]*"""/.test(String(await stage.read("bookshop/money.py"))));
  await vscode.board(/^money\.py.*changed/).waitFor();
  await vscode.picture("accepted");
});

story.step("another is rejected, and the rest accepted", async ({ vscode, stage }) => {
  const before = await stage.read("bookshop/pricing.py");
  const row = vscode.board(/^pricing\.py.*waits for your review/);
  await vscode.act(row, "Reject Proposal");
  await vscode.board(/^pricing\.py.*skipped/).waitFor();
  await vscode.act(vscode.board(TITLE), "Accept All Proposals");
  await vscode.toast(/files changed, .* left out: .* is done/).waitFor();
  assert.deepEqual(await stage.read("bookshop/pricing.py"), before);
  await vscode.picture("done");
});

story.step("the run is undone, around what the person wrote since", async ({ vscode, stage }) => {
  const path = "bookshop/money.py";
  await stage.write(path, `# later\n\n\n${String(await stage.read(path))}`);
  await vscode.command("Parallel Refactor: Undo Run");
  await vscode.pick(TITLE);
  await vscode.dialog().getByText("can be put back around later edits").waitFor();
  await vscode.picture("undo");
  await vscode.dialog().getByText("Undo and Merge", { exact: true }).click();
  await vscode.toast(/files changed: Undo r1: .* is done/).waitFor();
  const text = String(await stage.read(path));
  assert.match(text, /^# later\n\n\n# mine\nfrom __future__/);
  assert.equal((await stage.git("diff", "--numstat")).trim(), `4\t0\t${path}`);
});
