/**
 * Links beside what the server says of a file's owner: a hover is where a person looks first.
 */

import { type Disposable, Hover, l10n, languages, MarkdownString, type Uri } from "vscode";
import type { Board } from "./board";

/** On the first line of a file that a worker has, offer what one can do about it. */
export function offerInHovers(board: Board): Disposable {
  return languages.registerHoverProvider(
    { scheme: "file" },
    {
      provideHover: ({ uri }, { line }) =>
        line === 0 && board.owners(uri).some((lock) => lock.kind === "worker") ? new Hover(links(uri)) : undefined,
    },
  );
}

function links(uri: Uri): MarkdownString {
  const take = `command:parallelRefactor.takeThisFile?${encodeURIComponent(JSON.stringify([uri.toString()]))}`;
  const text = new MarkdownString(
    `[${l10n.t("Give me this file")}](${take}) · ` +
      `[${l10n.t("Show the Task Board")}](command:parallelRefactor.taskBoard.focus)`,
  );
  text.isTrusted = { enabledCommands: ["parallelRefactor.takeThisFile", "parallelRefactor.taskBoard.focus"] };
  return text;
}
