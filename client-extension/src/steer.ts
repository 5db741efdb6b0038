/**
 * Commands for what goes on: cancel a worker, a task or a run, pause, resume.
 */

import { type Disposable, l10n, window } from "vscode";
import type { Board, Run } from "./board";
import { register, registerFor } from "./commands";
import { serverCommands } from "./messages";
import type { TaskNode } from "./nodes";
import { named, pickRun, standing, titleOf } from "./runs";
import type { Server } from "./server";
import { doing } from "./status";

export function registerSteering(server: Server, board: Board): Disposable[] {
  const none = l10n.t("No run is going on here.");
  const steer = (id: string, command: string, title: string, placeHolder: string, takes: (run: Run) => boolean) =>
    register(id, async (given) => {
      await server.start();
      const asked = { title, placeHolder, none };
      const run = named(board, given) ?? (await pickRun(board.going.filter(takes), standing, asked));
      if (run) {
        await server.execute(command, { run: run.run, folder: run.folder });
      }
    });
  return [
    register("chooseWorkerToCancel", () => cancelWorker(server, board)),
    registerFor("stopTask", (node) => cancelTask(server, node as TaskNode)),
    steer(
      "chooseRunToCancel",
      serverCommands.cancelRun,
      l10n.t("Cancel Run"),
      l10n.t("The run to cancel: what has landed stays"),
      () => true,
    ),
    steer(
      "pause",
      serverCommands.pauseRun,
      l10n.t("Pause Run"),
      l10n.t("The run to pause: its workers finish what they do"),
      (run) => run.state !== "paused",
    ),
    steer(
      "resume",
      serverCommands.resumeRun,
      l10n.t("Resume Run"),
      l10n.t("The run that is to go on"),
      () => true, // also one that is about to pause
    ),
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
      ...(going.length > 1 && { detail: titleOf(run) }),
      target: { worker: worker.worker, run: run.run, folder: run.folder },
    }));
  if (items.length === 0) {
    throw new Error(l10n.t("No worker is at work here."));
  }
  const placeHolder = l10n.t("The worker to cancel: its files are free at once, and another does its task");
  const title = l10n.t("Cancel Worker");
  const picked = await window.showQuickPick(items, { title, placeHolder, matchOnDescription: true });
  if (picked) {
    await server.execute(serverCommands.cancelWorker, picked.target);
  }
}

async function cancelTask(server: Server, { of, task }: TaskNode): Promise<void> {
  await server.execute(serverCommands.cancelTask, { task: task.task, run: of.run, folder: of.folder });
}
