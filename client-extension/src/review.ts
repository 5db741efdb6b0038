/**
 * What a run changed, in VS Code's own diff editors. The old texts lie on the board; new ones are the workspace's files.
 */

import { posix } from "node:path";
import { commands, Disposable, l10n, Range, Uri, window } from "vscode";
import type { Board } from "./board";
import { register, registerFor } from "./commands";
import { type FileNote, type RunDetails, serverCommands, type TaskFile } from "./messages";
import type { FileNode, Node } from "./nodes";
import { openProposed } from "./proposals";
import { countFiles, named, outcome, pickRun, titleOf } from "./runs";
import type { Server } from "./server";
import { present, provideTexts, textOf } from "./texts";

export function registerReview(server: Server, board: Board): Disposable {
  return Disposable.from(
    provideTexts(),
    register("review", (given) => review(server, board, given)),
    registerFor("openChange", (node) => openChange(server, node as FileNode)),
    registerFor("openNote", (note) => openNote(note as FileNote)),
    register("showLeft", (given) => showLeft(server, board, given)),
    registerFor("takeBack", (node) => takeBack(server, node as Node)),
  );
}

/** Open all that a run changed, or one of its tasks, in one editor. */
async function review(server: Server, board: Board, given: unknown): Promise<void> {
  await server.start();
  const node = given as Partial<Node> | undefined;
  const task = node?.kind === "task" ? node.task?.task : undefined;
  const run =
    named(board, node?.kind === "task" ? node.of : given) ??
    (await pickRun(
      board.runs.filter((one) => one.files.changed > 0),
      outcome,
      {
        title: l10n.t("Review Run"),
        placeHolder: l10n.t("The run to look at"),
        none: l10n.t("No run has changed anything here."),
      },
    ));
  if (!run) {
    return;
  }
  const details = await server.execute<RunDetails>(serverCommands.showRun, { run: run.run, folder: run.folder });
  const changed = details.tasks
    .filter((one) => task === undefined || one.task === task)
    .flatMap((one) => one.files)
    .filter((file) => file.outcome === "changed");
  // Where two tasks changed a file, the text before the first of them.
  const files = [...new Map(changed.reverse().map((file) => [file.uri, file])).values()].reverse();
  if (files.length === 0) {
    throw new Error(l10n.t("{0} has changed nothing that could be shown.", run.run));
  }
  await commands.executeCommand("vscode.changes", titleOf(run), await Promise.all(files.map(sides)));
}

/** Give a file's name, its old and its new text; what is not there is undefined. */
async function sides(file: TaskFile): Promise<[Uri, Uri | undefined, Uri | undefined]> {
  return [Uri.parse(file.uri), file.before ? textOf(file, file.before) : undefined, await present(file)];
}

async function openChange(server: Server, node: FileNode): Promise<void> {
  const { file } = node;
  const uri = Uri.parse(file.uri);
  if (file.outcome === "proposed") {
    await openProposed(server, node);
  } else if (file.outcome === "changed" && file.before) {
    const title = l10n.t("{0} (before and after)", posix.basename(file.path));
    await commands.executeCommand("vscode.diff", textOf(file, file.before), uri, title, { preview: true });
  } else {
    await window.showTextDocument(uri, { preview: true });
  }
}

async function openNote(note: FileNote, preserveFocus = false): Promise<void> {
  const line = Math.max(0, note.line - 1);
  await window.showTextDocument(Uri.parse(note.uri), {
    preview: true,
    preserveFocus,
    selection: new Range(line, 0, line, 0),
  });
}

/** Walk through what a run left as it was, with the reasons: each place is shown as it is come to. */
async function showLeft(server: Server, board: Board, given: unknown): Promise<void> {
  await server.start();
  const run =
    named(board, given) ??
    (await pickRun(
      board.runs.filter((one) => one.kind === "refactor"),
      outcome,
      {
        title: l10n.t("What Was Left"),
        placeHolder: l10n.t("The run to look at"),
        none: l10n.t("Nothing has been run here."),
      },
    ));
  if (!run) {
    return;
  }
  const { left } = await server.execute<RunDetails>(serverCommands.showRun, { run: run.run, folder: run.folder });
  if (left.length === 0) {
    throw new Error(l10n.t("{0} has left nothing.", run.run));
  }
  const picker = window.createQuickPick<{ label: string; detail: string; note: FileNote }>();
  picker.title = l10n.t("Left by {0}: {1}", run.run, countFiles(new Set(left.map((note) => note.uri)).size));
  picker.placeholder = l10n.t("Walk through with the arrow keys");
  picker.matchOnDetail = true;
  picker.items = left.map((note) => ({
    label: note.line ? `${note.path}:${note.line}` : note.path,
    detail: note.reason,
    note,
  }));
  picker.onDidChangeActive(([item]) => item && void openNote(item.note, true).then(undefined, () => undefined));
  picker.onDidAccept(() => {
    const [item] = picker.selectedItems;
    picker.hide();
    if (item) {
      void openNote(item.note);
    }
  });
  picker.onDidHide(() => picker.dispose());
  picker.show();
}

/** Put back a file, or the files of a task. */
async function takeBack(server: Server, node: Node): Promise<void> {
  const files = node.kind === "file" ? [node.file] : node.kind === "task" ? node.task.files : [];
  const changed = files.filter((file) => file.outcome === "changed").map((file) => file.uri);
  if (changed.length > 0 && (node.kind === "file" || node.kind === "task")) {
    const { run, folder } = node.of;
    await server.execute(serverCommands.undoRun, { run, folder, files: changed });
  }
}
