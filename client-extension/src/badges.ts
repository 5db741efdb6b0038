/**
 * Badges for held files, in the explorer and on tabs; the owner is in the tooltip.
 */

import { type Disposable, EventEmitter, FileDecoration, ThemeColor, type Uri, window } from "vscode";
import type { Board } from "./board";
import type { FileLock } from "./messages";

export function showBadges(board: Board): Disposable[] {
  const changed = new EventEmitter<Uri[]>();
  const provider = {
    onDidChangeFileDecorations: changed.event,
    provideFileDecoration: (uri: Uri) => decoration(board.owners(uri)),
  };
  return [changed, board.onDidChange((uris) => changed.fire(uris)), window.registerFileDecorationProvider(provider)];
}

function decoration(owners: readonly FileLock[]): FileDecoration | undefined {
  const [first] = owners;
  if (!first) {
    return undefined;
  }
  const shown = new FileDecoration(
    { worker: "W", person: "P", proposal: "R" }[first.kind],
    owners.map((lock) => lock.text).join("\n"),
    new ThemeColor("parallelRefactor.heldForeground"),
  );
  shown.propagate = true;
  return shown;
}
