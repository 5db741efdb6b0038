/**
 * What a run proposes: shown beside the files as they are, accepted, rejected. Nothing lands before.
 */

import { posix } from "node:path";
import { commands, Disposable, l10n, Uri, window } from "vscode";
import type { Board, Run } from "./board";
import { register, registerFor, tell } from "./commands";
import { type Proposal, type ProposedFile, proposedNotification, type RunNews, serverCommands } from "./messages";
import type { FileNode, GroupNode, TaskNode } from "./nodes";
import { named, pickRun, type RunName, standing } from "./runs";
import type { Server } from "./server";
import { present, textOf } from "./texts";

/** What of a run is meant; without task and files all of it. */
interface Part {
  run: string;
  folder?: string;
  task?: string;
  files?: string[];
}

export function registerProposals(server: Server, board: Board): Disposable {
  return Disposable.from(
    server.onDidMakeClient((client) =>
      client.onNotification(proposedNotification, (news) => void tellProposed(news).catch(tell)),
    ),
    register("reviewProposal", async (given) => {
      const part = await partOf(server, board, given);
      if (part) {
        await show(server, part);
      }
    }),
    ...decisions(server, board, "accept", serverCommands.acceptProposal),
    ...decisions(server, board, "reject", serverCommands.rejectProposal),
  );
}

/** Register a command for what a row or link names, and one for all of a run. */
function decisions(server: Server, board: Board, id: string, command: string): Disposable[] {
  const decide = async (given: unknown) => {
    const part = await partOf(server, board, given);
    if (part) {
      await server.execute(command, { ...part, ...seen(given) });
    }
  };
  return [registerFor(id, decide), register(`${id}All`, decide)];
}

/** Show one file of a proposal beside what it would become. */
export async function openProposed(server: Server, node: FileNode): Promise<void> {
  const { run, folder } = node.of;
  const found = await server.execute<Proposal>(serverCommands.showProposal, { run, folder, files: [node.file.uri] });
  for (const file of found.files) {
    const [now, before, after] = await sides(file);
    const title = l10n.t("{0} (now and proposed)", posix.basename(file.path));
    if (before && after) {
      await commands.executeCommand("vscode.diff", before, after, title, { preview: true });
    } else {
      await window.showTextDocument(after ?? now, { preview: true });
    }
    warn(file);
  }
}

async function tellProposed(news: RunNews): Promise<void> {
  const name: RunName = { run: news.run, folder: news.folder };
  const offers = [
    { title: l10n.t("Review"), command: "parallelRefactor.reviewProposal" },
    { title: l10n.t("Accept All"), command: "parallelRefactor.acceptAll" },
  ];
  const answer = await window.showInformationMessage(news.text, ...offers);
  if (answer) {
    await commands.executeCommand(answer.command, name);
  }
}

/** Open all that is proposed in one editor, beside the files as they are. */
async function show(server: Server, part: Part): Promise<void> {
  const found = await server.execute<Proposal>(serverCommands.showProposal, part);
  const files = await Promise.all(found.files.map(sides));
  await commands.executeCommand("vscode.changes", l10n.t("Proposed by {0}", found.run), files);
  found.files.forEach(warn);
}

/** Give a file's name, what it is, and what it would become; what is not there is undefined. */
async function sides(file: ProposedFile): Promise<[Uri, Uri | undefined, Uri | undefined]> {
  return [Uri.parse(file.uri), await present(file), file.after ? textOf(file, file.after) : undefined];
}

function warn(file: ProposedFile): void {
  if (file.conflict) {
    void window.showWarningMessage(l10n.t("{0} cannot be accepted as it is now: {1}", file.path, file.conflict));
  }
}

/** Find out what a row of the Task Board, a link or the palette means. */
async function partOf(server: Server, board: Board, given: unknown): Promise<Part | undefined> {
  await server.start();
  const node = given as Partial<FileNode | TaskNode | GroupNode> | undefined;
  if (node?.of && node.kind) {
    const { run, folder } = node.of;
    return { run, folder, ...chosen(node as FileNode | TaskNode | GroupNode) };
  }
  const { run: name, files } = (given ?? {}) as Partial<Part>;
  if (name && files) {
    return { run: name, files };
  }
  const run = named(board, given) ?? (await pickProposing(board));
  return run && { run: run.run, folder: run.folder };
}

/** What is in a group is decided as one. */
function chosen(node: FileNode | TaskNode | GroupNode): Omit<Part, keyof RunName> {
  if (node.kind === "group") {
    return { task: node.group };
  }
  const { task, group } = node.task;
  return group || node.kind === "task" ? { task: group || task } : { files: [node.file.uri] };
}

/** Name what the person sees of a task: the server refuses to decide about anything else. */
function seen(given: unknown): { token?: number } {
  const node = given as Partial<TaskNode> | undefined;
  return node?.kind === "task" && !node.task?.group && node.task ? { token: node.task.token } : {};
}

function pickProposing(board: Board): Promise<Run | undefined> {
  return pickRun(
    board.going.filter((run) => run.files.proposed > 0),
    standing,
    {
      title: l10n.t("Review Proposal"),
      placeHolder: l10n.t("The run whose changes wait for you"),
      none: l10n.t("No run proposes anything here."),
    },
  );
}
