/**
 * "Cancel Worker...", "Cancel Run" and "Undo Run": which one, if that is not clear, and the server does it.
 */

import { type Disposable, type QuickPickItem, window } from "vscode";
import type { Board, Run } from "./board";
import { register } from "./commands";
import { serverCommands } from "./messages";
import type { Server } from "./server";
import { doing } from "./status";

export function registerSteering(server: Server, board: Board): Disposable[] {
  return [
    register("chooseWorkerToCancel", () => cancelWorker(server, board)),
    register("chooseRunToCancel", () => cancelRun(server, board)),
    register("chooseRunToUndo", () => undoRun(server, board)),
  ];
}

async function cancelWorker(server: Server, board: Board): Promise<void> {
  await server.start();
  const going = board.going;
  const items = going
    .flatMap((run) => run.workers.map((worker) => ({ run, worker })))
    .sort((one, other) => Number(!one.worker.task) - Number(!other.worker.task))
    .map(({ run, worker }) => ({
      label: worker.worker,
      description: doing(worker),
      ...(going.length > 1 && { detail: run.title }),
      target: { worker: worker.worker, run: run.run, folder: run.folder },
    }));
  if (items.length === 0) {
    throw new Error("No worker is at work here.");
  }
  const placeHolder = "The worker to cancel: its files are free at once, and another does its task";
  const picked = await window.showQuickPick(items, { title: "Cancel Worker", placeHolder, matchOnDescription: true });
  if (picked) {
    await server.execute(serverCommands.cancelWorker, picked.target);
  }
}

async function cancelRun(server: Server, board: Board): Promise<void> {
  await server.start();
  const runs = board.going;
  const items = runs.map((run) => item(run, `${run.state}, ${run.percent} %`));
  const placeHolder = "The run to cancel: what has landed stays";
  const picked =
    items.length === 1 ? items[0] : await window.showQuickPick(items, { title: "Cancel Run", placeHolder });
  if (picked) {
    await server.execute(serverCommands.cancelRun, picked.target);
  } else if (items.length === 0) {
    throw new Error("No run is going on here.");
  }
}

/** Undo is asked for even where there is one run only: done twice in a row, it would undo the run before. */
async function undoRun(server: Server, board: Board): Promise<void> {
  await server.start();
  const runs = board.runs.filter((run) => run.undoable || board.going.includes(run));
  if (runs.length === 0) {
    throw new Error("There is nothing to undo here.");
  }
  const items = runs.map((run) => item(run, changed(run)));
  const placeHolder = "The run to undo: one that goes on is cancelled first, and what you edited since is left";
  const picked = await window.showQuickPick(items, { title: "Undo Run", placeHolder });
  if (picked) {
    await server.execute(serverCommands.undoRun, picked.target);
  }
}

function item(run: Run, standing: string): QuickPickItem & { target: { run: string; folder: string } } {
  const label = run.kind === "undo" ? `Undo of ${run.undoes}` : run.title;
  return { label, description: `${run.run} · ${standing}`, target: { run: run.run, folder: run.folder } };
}

function changed(run: Run): string {
  const count = run.files.changed;
  const when = new Date(run.began * 1000).toLocaleString(undefined, { dateStyle: "short", timeStyle: "short" });
  return `${count} ${count === 1 ? "file" : "files"} changed, ${when}`;
}
