/**
 * The status bar tells how the runs go; nothing is there while none goes.
 */

import { posix } from "node:path";
import { commands, type Disposable, MarkdownString, StatusBarAlignment, Uri, window } from "vscode";
import type { Board, Run } from "./board";
import type { Worker } from "./messages";

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
  return standings[run.state] ?? run.state;
}

const standings: Record<string, string> = {
  planning: "$(sync~spin) planning",
  asking: "$(question) ready to start",
  waiting: "$(watch) waits for you",
  paused: "$(debug-pause) paused",
};

function inFull(runs: Run[]): MarkdownString {
  const tooltip = new MarkdownString();
  for (const run of runs) {
    const { done, total } = run.files;
    tooltip.appendText(`${run.title} (${run.run}, ${run.state}): ${done} of ${total} files`).appendMarkdown("\n\n");
    for (const worker of run.workers) {
      tooltip
        .appendMarkdown("- ")
        .appendText(`${worker.worker}: ${doing(worker)}`)
        .appendMarkdown("\n");
    }
  }
  return tooltip;
}

/** Say which files a worker has, by the last parts of their names, and for how long. */
export function doing({ files, since }: Worker): string {
  if (files.length === 0) {
    return "waits for a task";
  }
  const seconds = Math.max(0, Math.round(Date.now() / 1000 - since));
  const long = seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
  return `${files.map((uri) => posix.basename(Uri.parse(uri).path)).join(", ")} for ${long}`;
}
