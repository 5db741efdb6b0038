/**
 * The extension in a clean VS Code, on a machine that has a Python and nothing of this program.
 */

import assert from "node:assert/strict";
import { Story } from "./story.ts";

const story = new Story("install", { "parallelRefactor.interpreter": "" });

story.step("a Python environment is made at first use, if the person agrees", async ({ vscode }) => {
  await vscode.command("Parallel Refactor Workspace");
  const question = vscode.toast("needs a Python environment");
  await question.getByText("Make It", { exact: true }).waitFor();
  await vscode.picture("question");
  await question.getByText("Make It", { exact: true }).click();
  await vscode.toast("making a Python environment").waitFor();
  await vscode.toast("making a Python environment").waitFor({ state: "detached", timeout: 600_000 });
});

story.step("and the program works in it", async ({ vscode, stage }) => {
  await vscode.command("Parallel Refactor Workspace");
  await vscode.pick("Add docstrings to all functions");
  await vscode.webview().getByRole("button", { name: "Start", exact: true }).click();
  await vscode.toast(/files changed.* is done/).waitFor();
  assert.match(String(await stage.read("bookshop/money.py")), /Returns:/);
  await vscode.picture("works");
});
