/**
 * The status bar tells how the runs go; nothing is there while none goes.
 */

import { posix } from "node:path";
import { type Command, commands, type Disposable, l10n, MarkdownString, StatusBarAlignment, Uri, window } from "vscode";
import type { Board, Run } from "./board";
import type { Worker } from "./messages";
import { countFiles, lasting, standing, titleOf } from "./runs";

export function showStatus(board: Board): Disposable[] {
  const item = window.createStatusBarItem("parallelRefactor.status", StatusBarAlignment.Left);
  item.name = "Parallel Refactor";
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
      item.command = onClick(runs);
      item.show();
    } else {
      item.hide();
    }
  };
  show();
  return [item, board.onDidChange(show)];
}

function onClick(runs: Run[]): Command {
  const asking = runs.find((run) => run.state === "asking");
  return asking
    ? { title: l10n.t("Show the plan"), command: "parallelRefactor.showPlan", arguments: [asking] }
    : { title: l10n.t("Show the Task Board"), command: "parallelRefactor.taskBoard.focus" };
}

function inShort(run: Run): string {
  const { done, total } = run.files;
  const icons: Record<string, string> = {
    planning: `$(sync~spin) ${l10n.t("planning")}`,
    asking: `$(question) ${l10n.t("ready to start")}`,
    running: `$(sync~spin) ${l10n.t("{0} of {1}", done, countFiles(total))}`,
    waiting: `$(watch) ${l10n.t("waits for you")}`,
    paused: `$(debug-pause) ${l10n.t("paused")}`,
  };
  return icons[run.state] ?? run.state;
}

function inFull(runs: Run[]): MarkdownString {
  const tooltip = new MarkdownString();
  for (const run of runs) {
    tooltip.appendText(`${titleOf(run)} (${run.run}, ${run.state}): ${standing(run)}`).appendMarkdown("\n\n");
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
    return l10n.t("waits for a task");
  }
  const names = files.map((uri) => posix.basename(Uri.parse(uri).path)).join(", ");
  return l10n.t("{0} for {1}", names, lasting(since));
}
