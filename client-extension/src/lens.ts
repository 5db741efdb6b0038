/**
 * Above the first line of a file that a worker has: who it is, what it does, and what one can do about it.
 */

import { CodeLens, type CodeLensProvider, Disposable, EventEmitter, l10n, languages, Range } from "vscode";
import type { Board, Owner } from "./board";

const top = new Range(0, 0, 0, 0);

export function showLenses(board: Board): Disposable {
  const changed = new EventEmitter<void>();
  const provider: CodeLensProvider = {
    onDidChangeCodeLenses: changed.event,
    provideCodeLenses: ({ uri }) =>
      board
        .owners(uri)
        .filter(({ kind }) => kind === "worker")
        .flatMap(lenses),
  };
  return Disposable.from(
    changed,
    board.onDidChange((uris) => uris.length > 0 && changed.fire()),
    languages.registerCodeLensProvider({ scheme: "file" }, provider),
  );
}

function lenses(lock: Owner): CodeLens[] {
  const title = `${lock.owner || lock.run} ${lock.now}`;
  const task = [{ run: lock.run, folder: lock.folder, task: lock.task }];
  return [
    new CodeLens(top, { title, command: "" }),
    new CodeLens(top, {
      title: l10n.t("Give Me This File"),
      command: "parallelRefactor.takeThisFile",
      arguments: [lock.uri],
    }),
    new CodeLens(top, { title: l10n.t("Show Task"), command: "parallelRefactor.showTask", arguments: task }),
  ];
}
