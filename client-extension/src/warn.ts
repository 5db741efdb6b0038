/**
 * Says, once for each file and run, that a worker is changing the file in which the person begins to type.
 */

import { posix } from "node:path";
import { commands, Disposable, l10n, Uri, window } from "vscode";
import type { Board } from "./board";
import { tell } from "./commands";
import { type Contest, contestedNotification } from "./messages";
import type { Server } from "./server";

export function warnOfContests(server: Server, board: Board): Disposable {
  return server.onDidMakeClient((client) =>
    client.onNotification(contestedNotification, (contest) => void warn(board, contest).catch(tell)),
  );
}

async function warn(board: Board, { uri, text }: Contest): Promise<void> {
  const take = l10n.t("Take the File");
  const wait = l10n.t("Tell Me When It Is Free");
  const go = l10n.t("Keep Typing");
  const answer = await window.showWarningMessage(text, take, wait, go);
  const file = Uri.parse(uri);
  if (answer === take) {
    await commands.executeCommand("parallelRefactor.takeThisFile", file);
  } else if (answer === wait) {
    await free(board, file);
    void window.showInformationMessage(l10n.t("{0} is free: no worker has it.", posix.basename(file.path)));
  }
}

/** Wait until no worker has a file. */
function free(board: Board, file: Uri): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!board.owners(file).some((lock) => lock.kind === "worker")) {
        listening.dispose();
        resolve();
      }
    };
    const listening: Disposable = board.onDidChange(look);
    look();
  });
}
