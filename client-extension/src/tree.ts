/**
 * The Task Board: runs, their tasks and files, in a view of its own.
 */

import {
  commands,
  Disposable,
  EventEmitter,
  l10n,
  type TreeDataProvider,
  type TreeItem,
  type TreeView,
  window,
} from "vscode";
import type { Board } from "./board";
import { type RunDetails, serverCommands } from "./messages";
import { register } from "./commands";
import { below, draw, type Node, type RunNode, type TaskNode } from "./nodes";
import type { RunName } from "./runs";
import type { Server } from "./server";

/** Milliseconds: how often rows that show a time are drawn anew, and the shortest time between two questions. */
const tick = 1000;

export function showTree(server: Server, board: Board): Disposable {
  const provider = new Provider(server, board);
  const view = window.createTreeView("parallelRefactor.taskBoard", {
    treeDataProvider: provider,
    showCollapseAll: true,
  });
  const timer = setInterval(() => {
    if (view.visible && board.going.some((run) => run.state === "running")) {
      provider.refresh();
    }
  }, tick);
  const badge = () => showBadge(view, board);
  return Disposable.from(
    view,
    provider,
    { dispose: () => clearInterval(timer) },
    // Nothing is to be seen in a window where it is not used.
    server.onDidMakeClient(() => void commands.executeCommand("setContext", "parallelRefactor.used", true)),
    board.onDidChange(badge),
    register("showTask", async (given) => {
      const node = await provider.find(given as RunName & { task: string });
      await (node ? view.reveal(node, { focus: true, expand: true }) : focusTree());
    }),
    view.onDidChangeVisibility(({ visible }) => visible && provider.refresh()),
  );
}

async function focusTree(): Promise<void> {
  await commands.executeCommand("parallelRefactor.taskBoard.focus");
}

function showBadge(view: TreeView<Node>, board: Board): void {
  const busy = board.going.flatMap((run) => run.workers).filter((worker) => worker.task).length;
  const asking = board.going.filter((run) => ["asking", "waiting"].includes(run.state)).length;
  const tooltip = [
    busy ? l10n.t("{0} workers busy", busy) : "",
    asking ? l10n.t("{0} runs wait for you", asking) : "",
  ].filter(Boolean);
  view.badge = busy + asking > 0 ? { value: busy + asking, tooltip: tooltip.join(", ") } : undefined;
}

class Provider implements TreeDataProvider<Node>, Disposable {
  private readonly changed = new EventEmitter<undefined>();
  private readonly known = new Map<string, Promise<RunDetails>>();
  private readonly follows: Disposable;
  private waiting: NodeJS.Timeout | undefined;

  readonly onDidChangeTreeData = this.changed.event;

  constructor(
    private readonly server: Server,
    private readonly board: Board,
  ) {
    this.follows = board.onDidChange(() => {
      this.waiting ??= setTimeout(() => this.refresh(), tick / 4);
    });
  }

  /** Ask anew for what goes on, and draw. */
  refresh(): void {
    clearTimeout(this.waiting);
    this.waiting = undefined;
    this.known.clear();
    this.changed.fire(undefined);
  }

  dispose(): void {
    clearTimeout(this.waiting);
    this.follows.dispose();
    this.changed.dispose();
  }

  getTreeItem(node: Node): TreeItem {
    return draw(node);
  }

  async getChildren(node?: Node): Promise<Node[]> {
    switch (node?.kind) {
      case undefined:
        return this.board.runs.map((run) => ({ kind: "run", run: run.run, folder: run.folder, status: run }));
      case "run":
        return below(node, await this.details(node));
      case "group":
        return node.tasks.map((task) => ({ kind: "task", of: node.of, task }));
      case "task":
        return node.task.files.map((file) => ({ kind: "file", of: node.of, task: node.task, file }));
      case "notes":
        return node.notes.map((note) => ({ kind: "note", of: node.of, note }));
      case "file":
      case "note":
      case "more":
        return [];
    }
  }

  /** Give a row's parent, as far as it is asked for: of those that are revealed, which are tasks. */
  async getParent(node: Node): Promise<Node | undefined> {
    if (node.kind === "task") {
      const rows = below(node.of, await this.details(node.of));
      return (
        rows.find((row) => row.kind === "group" && row.tasks.some(({ task }) => task === node.task.task)) ?? node.of
      );
    }
    return node.kind === "run" ? undefined : node.of;
  }

  /** Find the row of a task, however deep it is. */
  async find({ run, folder, task }: RunName & { task: string }): Promise<TaskNode | undefined> {
    const status = this.board.runs.find((one) => one.run === run && one.folder === folder);
    if (!status) {
      return undefined;
    }
    const of: RunNode = { kind: "run", run, folder, status };
    const found = (await this.details(of)).tasks.find((one) => one.task === task);
    return found && { kind: "task", of, task: found };
  }

  private details({ run, folder }: RunNode): Promise<RunDetails> {
    const key = `${run} ${folder}`;
    const found = this.known.get(key) ?? this.server.execute<RunDetails>(serverCommands.showRun, { run, folder });
    this.known.set(key, found);
    return found;
  }
}
