/**
 * Runs as a person sees them: how far each is, in words, and which one a command means.
 */

import { l10n, type QuickPickItem, window } from "vscode";
import type { Board, Run } from "./board";

/** A run by its name and the folder whose board it is on, as the server's commands take them. */
export interface RunName {
  run: string;
  folder: string;
}

/** Give the run of the board that a command was called with: from a tree item, a notification or the server. */
export function named(board: Board, given: unknown): Run | undefined {
  const { run, folder } = (given ?? {}) as Partial<RunName>;
  return board.runs.find((one) => one.run === run && one.folder === folder);
}

/** Let the person pick one of several runs; `none` is told where there is none to pick. */
export async function pickRun(
  runs: Run[],
  say: (run: Run) => string,
  asked: { title: string; placeHolder: string; none: string; always?: boolean },
): Promise<Run | undefined> {
  if (runs.length === 0) {
    throw new Error(asked.none);
  }
  if (runs.length === 1 && !asked.always) {
    return runs[0];
  }
  const items = runs.map((run): QuickPickItem & { run: Run } => ({
    label: titleOf(run),
    description: `${run.run} · ${say(run)}`,
    run,
  }));
  return (await window.showQuickPick(items, { title: asked.title, placeHolder: asked.placeHolder }))?.run;
}

/** Name what a run does. */
export function titleOf(run: Run): string {
  return run.title.replace(/\s+/g, " ");
}

/** Say where a run stands, what matters first. */
export function standing(run: Run): string {
  const { done, total } = run.files;
  const busy = run.workers.filter((worker) => worker.task).length;
  const far = l10n.t("{0} of {1}", done, countFiles(total));
  switch (run.state) {
    case "planning":
      return l10n.t("planning");
    case "asking":
      return l10n.t("{0}, waits for your start", countFiles(total));
    case "running":
      return `${far} · ${busy === 1 ? l10n.t("1 worker") : l10n.t("{0} workers", busy)} · ${lasting(run.began)}`;
    case "waiting":
      return `${far} · ${l10n.t("waits for you")}`;
    case "paused":
      return `${far} · ${l10n.t("paused")}`;
    default:
      return outcome(run);
  }
}

/** Say where a run stands in as little room as the Task Board has beside a title. */
export function briefly(run: Run): string {
  const { done, total, changed, failed } = run.files;
  if (run.state === "running" || run.state === "waiting" || run.state === "paused") {
    return `${done}/${total}${run.state === "running" ? "" : ` · ${run.state}`}`;
  }
  if (run.state === "failed" && failed) {
    return l10n.t("{0} failed", failed);
  }
  return run.ended ? l10n.t("{0} changed", changed) : run.state === "asking" ? l10n.t("ready") : l10n.t("planning");
}

/** Say how a run has ended. */
export function outcome(run: Run): string {
  const { changed, failed, left } = run.files;
  const parts = [
    run.state === "done" ? "" : run.state,
    changed === 1 ? l10n.t("1 file changed") : l10n.t("{0} files changed", changed),
    failed ? l10n.t("{0} failed", failed) : "",
    left ? l10n.t("{0} left out", left) : "",
  ];
  return parts.filter(Boolean).join(" · ");
}

/** Say how long something lasts that began at some second. */
export function lasting(since: number, until = Date.now() / 1000): string {
  const seconds = Math.max(0, Math.round(until - since));
  return seconds < 120 ? l10n.t("{0} s", seconds) : l10n.t("{0} min", Math.round(seconds / 60));
}

/** Give a count with its word. */
export function countFiles(count: number): string {
  return count === 1 ? l10n.t("1 file") : l10n.t("{0} files", count);
}
