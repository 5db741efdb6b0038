/**
 * The status bar tells how the runs go; nothing is there while none goes.
 */

import { posix } from "node:path";
import { commands, type Disposable, MarkdownString, StatusBarAlignment, Uri, window } from "vscode";
import type { Board, Run } from "./board";

export function showStatus(board: Board): Disposable[] {
  const item = window.createStatusBarItem("parallelRefactor.status", StatusBarAlignment.Left);
  item.name = "Parallel Refactor";
  item.command = {
    title: "Show the commands of Parallel Refactor",
    command: "workbench.action.quickOpen",
    arguments: [">Parallel Refactor: "],
  };
  let running: boolean | undefined;
  const show = () => {
    const runs = board.going;
    if (running !== runs.length > 0) {
      running = runs.length > 0;
      void commands.executeCommand("setContext", "parallelRefactor.running", running);
    }
    if (running) {
      item.text = runs.map(inShort).join(" ");
      item.tooltip = inFull(runs);
      item.show();
    } else {
      item.hide();
    }
  };
  show();
  return [item, board.onDidChange(show)];
}

function inShort(run: Run): string {
  const busy = run.workers.filter((worker) => worker.task).length;
  if (run.state === "running") {
    return `$(sync~spin) ${busy} ${busy === 1 ? "worker" : "workers"}, ${run.percent} %`;
  }
  return `$(${icons[run.state] ?? "sync"}) ${run.state}, ${run.percent} %`;
}

const icons: Record<string, string> = {
  planning: "sync~spin",
  asking: "question",
  waiting: "watch",
  paused: "debug-pause",
};

function inFull(runs: Run[]): MarkdownString {
  const tooltip = new MarkdownString();
  for (const run of runs) {
    const { done, total } = run.files;
    tooltip.appendText(`${run.title} (${run.run}, ${run.state}): ${done} of ${total} files`).appendMarkdown("\n\n");
    for (const worker of run.workers) {
      tooltip
        .appendMarkdown("- ")
        .appendText(`${worker.worker}: ${doing(worker.files)}`)
        .appendMarkdown("\n");
    }
  }
  return tooltip;
}

/** Name the files that a worker has, the last part of each. */
export function doing(files: string[]): string {
  return files.map((uri) => posix.basename(Uri.parse(uri).path)).join(", ") || "waits for a task";
}
