/**
 * The first line of a held file says what it is held for.
 */

import { type Disposable, l10n, OverviewRulerLane, Range, type TextEditor, ThemeColor, window } from "vscode";
import type { Board } from "./board";
import type { FileLock } from "./messages";

const foreground = new ThemeColor("parallelRefactor.heldForeground");

export function showBanners(board: Board): Disposable[] {
  const banner = window.createTextEditorDecorationType({
    isWholeLine: true,
    backgroundColor: new ThemeColor("parallelRefactor.heldBackground"),
    overviewRulerColor: foreground,
    overviewRulerLane: OverviewRulerLane.Full,
  });
  const show = (editors: readonly TextEditor[]) => {
    for (const editor of editors) {
      const [first] = board.owners(editor.document.uri);
      const end = editor.document.lineAt(0).range.end;
      editor.setDecorations(banner, first ? [{ range: new Range(end, end), renderOptions: note(first) }] : []);
    }
  };
  return [
    banner,
    window.onDidChangeVisibleTextEditors(show),
    board.onDidChange((uris) => {
      const touched = new Set(uris.map(String));
      show(window.visibleTextEditors.filter((editor) => touched.has(editor.document.uri.toString())));
    }),
  ];
}

function note(lock: FileLock) {
  const text = {
    worker: `${lock.run} · ${lock.title}`,
    proposal: l10n.t("{0} proposes a change · {1}", lock.run, lock.title),
    person: l10n.t("{0} has unsaved text for this file", lock.owner),
  }[lock.kind];
  return { after: { contentText: text, color: foreground, margin: "0 0 0 3em" } };
}
