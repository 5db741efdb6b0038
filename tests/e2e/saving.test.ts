/**
 * A person who is in the middle of something: text that is not saved, a formatter at each save, VS Code saving by itself,
 * a file that no recipe can read, a model that wants a key.
 */

import assert from "node:assert/strict";
import { Story } from "./story.ts";
import { until } from "./until.ts";

const TITLE = "Add docstrings to all functions";
const UNSAVED = { "files.autoSave": "off" }; // in a browser VS Code saves by itself
const SAVING = { "editor.formatOnSave": true, "files.autoSave": "onFocusChange" };
const STYLE = "site/shop.css";
const KEY = "sk-ant-not-a-real-key-0123456789";

const story = new Story("saving", UNSAVED, async (stage) => {
  await stage.write("bookshop/broken.py", "def broken(:\n    return 1\n");
  await stage.write(STYLE, "/* The shop. */\n.price{color:red}\n");
});

story.step("a recipe that is typed is found, and the plan says what waits for unsaved text", async ({ vscode }) => {
  await vscode.openFile("bookshop/money.py");
  await vscode.type("  # mine");
  await vscode.command("Parallel Refactor Workspace");
  await vscode.rows().filter({ hasText: TITLE }).waitFor();
  await vscode.input().fill("add docstrings to all functions in bookshop/");
  await vscode.pick("in these words");
  const plan = vscode.webview();
  await plan.getByRole("heading", { name: TITLE }).waitFor();
  await plan.getByRole("heading", { name: "Waits for unsaved text" }).waitFor();
  await plan.getByText("No model is asked").waitFor();
  await vscode.picture("plan");
  await plan.getByRole("button", { name: "Start", exact: true }).click();
});

story.step("an unsaved buffer keeps its task waiting, and its text is intact", async ({ vscode, stage }) => {
  const before = await stage.read("bookshop/money.py");
  await vscode.status("waits for you").waitFor();
  assert.match(String(await stage.read("bookshop/orders.py")), /"""/);
  await vscode.line("# mine").first().waitFor();
  assert.deepEqual(await stage.read("bookshop/money.py"), before);
  await vscode.command("Task Board: Focus on Task Board View");
  await vscode.board(/^money\.py.*waits until you save/).waitFor();
  await vscode.picture("waiting");
});

story.step("once it is saved the run goes on, and says what has failed", async ({ vscode, stage }) => {
  await vscode.tab("money.py").click();
  await vscode.page.keyboard.press("Control+S");
  const end = vscode.toast(/1 failed: .* is failed/);
  await end.getByText("Retry Failed", { exact: true }).waitFor();
  assert.match(String(await stage.read("bookshop/money.py")), /# mine\n[^]*"""/);
  await until("the buffer has both", async () => (await vscode.line('"""').count()) > 0);
  await vscode.board(/^broken\.py.*failed/).waitFor();
  await vscode.picture("failed");
});

story.step("what failed is mended and tried again", async ({ vscode, stage }) => {
  await stage.write("bookshop/broken.py", "def mended():\n    return 1\n");
  await vscode
    .toast(/1 failed/)
    .getByText("Retry Failed", { exact: true })
    .click();
  await vscode.toast(/1 file changed: .*\(r2\) is done/).waitFor();
  assert.match(String(await stage.read("bookshop/broken.py")), /"""/);
  await vscode.picture("retried");
});

story.step(
  "who types in a file that a worker has is warned once, however it is saved",
  async ({ vscode, server, stage }) => {
    const endless = { "parallelRefactor.engine": "simulate", "parallelRefactor.engineOptions": { hang: STYLE } };
    await server.configure({ ...SAVING, ...endless });
    await vscode.command("Notifications: Clear All Notifications");
    await vscode.openFile(STYLE);
    await vscode.command("Parallel Refactor...");
    await vscode.pick(TITLE);
    await vscode.webview().getByRole("button", { name: "Start", exact: true }).click();
    await vscode.lens("Give Me This File").waitFor();
    await vscode.picture("lens");
    await vscode.type(" /*mine*/");
    const warning = vscode.toast("is changing site/shop.css");
    await warning.waitFor();
    await vscode.picture("warning");
    const keep = warning.getByText("Keep Typing", { exact: true });
    await keep.click({ timeout: 5_000 }).catch(() => warning.waitFor({ state: "detached" })); // it may go by itself
    await vscode.page.keyboard.press("Control+S");
    await until("it is saved and formatted", async () => {
      const now = String(await stage.read(STYLE));
      return now.includes("/*mine*/") && now.includes(".price {\n");
    });
    await vscode.type(" .book{}");
    await vscode.tab("money.py").click(); // the focus changes: VS Code saves by itself
    await until("it is saved again", async () => String(await stage.read(STYLE)).includes(".book"));
    await vscode.tab("shop.css").click();
    await vscode.line(".book").first().waitFor();
    await until("its worker is shown", async () => (await vscode.badge(vscode.tab("shop.css"))).includes("W"));
    assert.equal(await warning.count(), 0);
    await vscode.picture("formatted");
  },
);

story.step("a task is shown from its file", async ({ vscode }) => {
  await vscode.lens("Show Task").click();
  await vscode
    .board(/^shop\.css/)
    .first()
    .waitFor();
  await until("its row is selected", async () =>
    /selected/.test(
      (await vscode
        .board(/^shop\.css/)
        .first()
        .getAttribute("class")) ?? "",
    ),
  );
  await vscode.picture("task");
  await vscode.progress("1 worker busy").getByText("Cancel", { exact: true }).click();
  await vscode.toast(/is cancelled/).waitFor();
});

story.step(
  "a model's key is kept as a secret, and is nowhere but in the environment",
  async ({ vscode, server, stage }) => {
    await vscode.command("Parallel Refactor: Set API Key...");
    await vscode.input().fill(KEY);
    await vscode.picture("key");
    await vscode.page.keyboard.press("Enter");
    await vscode.toast("The key is kept").waitFor();
    await server.configure({ "parallelRefactor.engineOptions": { base_url: "http://localhost:1" } });
    await vscode.command("Parallel Refactor...");
    await vscode.input().fill("Make the shop green");
    await vscode.pick("in these words");
    await vscode.webview().getByRole("heading", { name: "Make the shop green" }).waitFor();
    await vscode.picture("model");
    await vscode.webview().getByRole("button", { name: "Start", exact: true }).click();
    await until("a worker is at it", async () => (await vscode.badge(vscode.tab("shop.css"))).includes("W"));
    const has = await server.processesWith("environ", KEY);
    assert.ok(has.some((command) => command.includes("parallel_refactor")));
    assert.deepEqual(await server.processesWith("cmdline", KEY), []);
    assert.deepEqual(await stage.filesWith(KEY), []);
    await vscode.command("Parallel Refactor: Cancel Run");
  },
);

story.step("the doctor says how the board is", async ({ vscode }) => {
  await vscode.command("Notifications: Clear All Notifications");
  await vscode.command("Problems: Focus on Problems View"); // else the terminal grows while it is written
  await vscode.command("Parallel Refactor: Call the Doctor");
  await vscode.page.locator(".xterm-rows").getByText("is well").waitFor();
  await vscode.page.locator(".xterm-rows").getByText("press any key").waitFor();
  await vscode.picture("doctor");
});
