/**
 * What became of a run, with what one can do about it; and what one does: undo, try again, commit.
 */

import { commands, Disposable, l10n, window } from "vscode";
import type { Board, Run } from "./board";
import { register, tell } from "./commands";
import { type Committed, endedNotification, type RunNews, serverCommands, type UndoPreview } from "./messages";
import { named, outcome, pickRun, type RunName, titleOf } from "./runs";
import type { Server } from "./server";

export function registerEnding(server: Server, board: Board): Disposable {
  return Disposable.from(
    server.onDidMakeClient((client) =>
      client.onNotification(endedNotification, (news) => void tellEnd(board, news).catch(tell)),
    ),
    register("undo", (given) => undo(server, board, given)),
    register("retry", (given) => retry(server, board, given)),
    register("commit", (given) => commit(server, board, given)),
  );
}

/** How long the news of an end wait for the board's own, which say what can be done about it. */
const patience = 2000;

async function tellEnd(board: Board, news: RunNews): Promise<void> {
  const run = await whenEnded(board, news);
  const offers = run ? offersFor(run) : [];
  const show = run?.state === "failed" ? window.showWarningMessage : window.showInformationMessage;
  const answer = await show(news.text, ...offers);
  if (answer) {
    const { folder } = news;
    await commands.executeCommand(answer.command, { run: news.run, folder });
  }
}

/** Give a run as it has ended: the board tells of it in messages of its own, which may come later than these news. */
function whenEnded(board: Board, news: RunNews): Promise<Run | undefined> {
  return new Promise((resolve) => {
    const settle = (run: Run | undefined): void => {
      clearTimeout(timer);
      listener.dispose();
      resolve(run);
    };
    const look = (): void => {
      const run = named(board, news);
      if (run && !board.going.includes(run)) {
        settle(run);
      }
    };
    const timer = setTimeout(() => settle(named(board, news)), patience);
    const listener = board.onDidChange(look);
    look();
  });
}

function offersFor(run: Run): { title: string; command: string }[] {
  const { changed, failed, left } = run.files;
  if (run.kind === "undo") {
    return [];
  }
  return [
    ...(changed ? [{ title: l10n.t("Review"), command: "parallelRefactor.review" }] : []),
    ...(failed ? [{ title: l10n.t("Retry Failed"), command: "parallelRefactor.retry" }] : []),
    ...(changed
      ? [
          { title: l10n.t("Undo"), command: "parallelRefactor.undo" },
          { title: l10n.t("Commit"), command: "parallelRefactor.commit" },
        ]
      : []),
    ...(left && !failed ? [{ title: l10n.t("What Was Left"), command: "parallelRefactor.showLeft" }] : []),
  ];
}

/** Say what is put back and what not before it happens: done twice in a row, an undo would undo the run before. */
async function undo(server: Server, board: Board, given: unknown): Promise<void> {
  await server.start();
  const run =
    named(board, given) ??
    (await pickRun(
      board.runs.filter((one) => one.undoable || board.going.includes(one)),
      outcome,
      {
        title: l10n.t("Undo Run"),
        placeHolder: l10n.t("The run to undo"),
        none: l10n.t("There is nothing to undo here."),
        always: true,
      },
    ));
  if (!run) {
    return;
  }
  const name: RunName = { run: run.run, folder: run.folder };
  const preview = await server.execute<UndoPreview>(serverCommands.previewUndo, name);
  const offers = [
    { title: l10n.t("Undo"), merge: false },
    ...(preview.mergeable.length > 0 ? [{ title: l10n.t("Undo and Merge"), merge: true }] : []),
  ];
  const question = l10n.t("Undo “{0}”?", titleOf(run));
  const answer = await window.showWarningMessage(question, { modal: true, detail: preview.text }, ...offers);
  if (answer) {
    await server.execute(serverCommands.undoRun, { ...name, merge: answer.merge });
  }
}

async function retry(server: Server, board: Board, given: unknown): Promise<void> {
  await server.start();
  const run =
    named(board, given) ??
    (await pickRun(
      board.runs.filter((one) => one.state === "failed" && one.files.failed > 0),
      outcome,
      {
        title: l10n.t("Retry Failed"),
        placeHolder: l10n.t("The run whose failed files to try again"),
        none: l10n.t("Nothing has failed here."),
      },
    ));
  if (run) {
    await server.execute(serverCommands.retryRun, { run: run.run, folder: run.folder });
  }
}

async function commit(server: Server, board: Board, given: unknown): Promise<void> {
  await server.start();
  const run =
    named(board, given) ??
    (await pickRun(
      board.runs.filter((one) => one.undoable),
      outcome,
      {
        title: l10n.t("Commit Run"),
        placeHolder: l10n.t("The run to commit"),
        none: l10n.t("There is nothing to commit here."),
      },
    ));
  if (!run) {
    return;
  }
  const items = [
    { label: l10n.t("One commit"), detail: l10n.t("With a message that says what was done"), perTask: false },
    {
      label: l10n.t("A commit for each task"),
      detail: l10n.t("So that each can be reviewed by itself"),
      perTask: true,
    },
  ];
  const placeHolder = l10n.t("Only what the run did: your own changes and what you have staged stay as they are");
  const picked = await window.showQuickPick(items, { title: l10n.t("Commit “{0}”", titleOf(run)), placeHolder });
  if (picked) {
    const { run: name, folder } = run;
    const { perTask } = picked;
    const done = await server.execute<Committed>(serverCommands.commitRun, { run: name, folder, perTask });
    void window.showInformationMessage(done.text);
  }
}
