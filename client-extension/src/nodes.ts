/**
 * The rows of the Task Board: a run, its groups, its tasks, their files, and what was left.
 */

import { posix } from "node:path";
import { l10n, MarkdownString, ThemeColor, ThemeIcon, TreeItem, TreeItemCollapsibleState as Fold, Uri } from "vscode";
import type { Run } from "./board";
import type { FileNote, HeldFile, RunDetails, TaskFile, TaskStatus } from "./messages";
import { briefly, countFiles, lasting, standing, titleOf } from "./runs";

export type Node = RunNode | GroupNode | TaskNode | FileNode | NotesNode | NoteNode | MoreNode;

export interface RunNode {
  kind: "run";
  run: string;
  folder: string;
  status: Run;
}

export interface GroupNode {
  kind: "group";
  of: RunNode;
  group: string;
  tasks: TaskStatus[];
}

export interface TaskNode {
  kind: "task";
  of: RunNode;
  task: TaskStatus;
}

export interface FileNode {
  kind: "file";
  of: RunNode;
  task: TaskStatus;
  file: TaskFile;
}

export interface NotesNode {
  kind: "notes";
  of: RunNode;
  title: string;
  notes: FileNote[];
}

export interface NoteNode {
  kind: "note";
  of: RunNode;
  note: FileNote;
}

export interface MoreNode {
  kind: "more";
  of: RunNode;
  count: number;
}

const ended = new Set(["done", "failed", "cancelled", "undone"]);

/** Give the rows below a run. */
export function below(of: RunNode, details: RunDetails): Node[] {
  const groups = new Map<string, TaskStatus[]>();
  const nodes: Node[] = [];
  for (const task of details.tasks.map((one) => awaited(one, details.held))) {
    const known = task.group ? groups.get(task.group) : undefined;
    if (known) {
      known.push(task);
    } else if (task.group) {
      const tasks = [task];
      groups.set(task.group, tasks);
      nodes.push({ kind: "group", of, group: task.group, tasks });
    } else {
      nodes.push({ kind: "task", of, task });
    }
  }
  const more: Node[] = details.moreTasks ? [{ kind: "more", of, count: details.moreTasks }] : [];
  return [
    ...notes(of, l10n.t("To look at"), details.notes),
    ...nodes.flatMap((node) => (node.kind === "group" && node.tasks.length === 1 ? single(node) : [node])),
    ...more,
    ...notes(of, l10n.t("Left as they are"), details.left),
  ];
}

/** A task that nobody takes because of a person's unsaved text says so, and whose it is. */
function awaited(task: TaskStatus, all: HeldFile[]): TaskStatus {
  const held = all.filter(({ uri }) => task.files.some((file) => file.uri === uri));
  if (held.length === 0 || !["pending", "ready"].includes(task.state)) {
    return task;
  }
  const others = held.filter(({ mine }) => !mine).map(({ owner }) => owner);
  return {
    ...task,
    state: "held",
    reason: others.length > 0 ? l10n.t("waits for {0}", others.join(", ")) : l10n.t("waits until you save"),
    files: task.files.map((file) => (held.some(({ uri }) => uri === file.uri) ? { ...file, outcome: "held" } : file)),
  };
}

/** A group of one task is no group to a person. */
function single({ of, tasks }: GroupNode): Node[] {
  return tasks.map((task) => ({ kind: "task", of, task }));
}

function notes(of: RunNode, title: string, all: FileNote[]): Node[] {
  return all.length > 0 ? [{ kind: "notes", of, title, notes: all }] : [];
}

/** Draw a row. */
export function draw(node: Node): TreeItem {
  switch (node.kind) {
    case "run":
      return drawRun(node);
    case "group":
      return drawGroup(node);
    case "task":
      return drawTask(node);
    case "file":
      return drawFile(node.of, node.task, node.file);
    case "notes":
      return fold(node.of, node.title, `${node.title} ${node.of.run}`, countFiles(files(node.notes)), "info");
    case "note":
      return drawNote(node);
    case "more":
      return new TreeItem(l10n.t("and {0} more tasks", node.count));
  }
}

function files(all: FileNote[]): number {
  return new Set(all.map((note) => note.uri)).size;
}

function drawRun({ status }: RunNode): TreeItem {
  const going = !ended.has(status.state);
  const label = `${briefly(status)} · ${titleOf(status)}`; // in this order: VS Code cuts the end
  const open = going || status.state === "failed"; // there is something to be seen to
  const item = new TreeItem(label, open ? Fold.Expanded : Fold.Collapsed);
  item.id = `${status.folder} ${status.run} ${String(open)}`;
  const [icon, colour] = icons[status.state] ?? ["circle-outline", ""];
  item.iconPath = new ThemeIcon(icon, colour ? new ThemeColor(colour) : undefined);
  item.tooltip = new MarkdownString().appendText(
    `${titleOf(status)} (${status.run}, ${status.state}): ${standing(status)}`,
  );
  if (status.reason) {
    item.tooltip.appendMarkdown("\n\n").appendText(status.reason);
  }
  item.contextValue = [
    "run",
    status.state,
    going ? "going" : "ended",
    status.undoable ? "undoable" : "",
    status.files.failed && !going ? "retryable" : "",
    status.files.proposed ? "proposing" : "",
  ].join(" ");
  return item;
}

function drawGroup({ of, group, tasks }: GroupNode): TreeItem {
  const label = l10n.t("Group {0}: lands as one", group);
  const item = fold(of, label, `${of.run} ${group}`, l10n.t("{0} tasks", tasks.length), "group-by-ref-type");
  item.contextValue = tasks.some((task) => task.state === "proposed") ? "group proposed" : "group";
  return item;
}

function drawTask({ of, task }: TaskNode): TreeItem {
  const [only] = task.files;
  if (only && task.files.length === 1) {
    return drawFile(of, task, only, true);
  }
  const names = task.files.map((file) => posix.basename(file.path)).join(", ");
  const alike = task.files.every((file) => file.outcome === only?.outcome);
  const item = fold(of, names, `${of.run} ${task.task}`, said(task, alike ? only : undefined), "circle-outline");
  item.iconPath = icon(task.state);
  item.contextValue = context("task", task, task.files);
  return item;
}

function drawFile(of: RunNode, task: TaskStatus, file: TaskFile, alone = false): TreeItem {
  const item = new TreeItem(Uri.parse(file.uri));
  item.label = posix.basename(file.path);
  item.id = `${of.folder} ${of.run} ${task.task} ${file.path}`;
  const where = posix.dirname(file.path);
  item.description = [alone ? said(task, file) : file.outcome, where === "." ? "" : where].filter(Boolean).join(" · ");
  item.iconPath = icon(file.outcome);
  item.tooltip = new MarkdownString().appendText(
    [`${file.path}: ${file.outcome}`, task.reason, task.summary].filter(Boolean).join("\n\n"),
  );
  item.contextValue = context("file", task, [file]);
  item.command = {
    title: l10n.t("Open"),
    command: "parallelRefactor.openChange",
    arguments: [{ kind: "file", of, task, file }],
  };
  return item;
}

function drawNote({ note }: NoteNode): TreeItem {
  const item = new TreeItem(Uri.parse(note.uri));
  item.label = note.line ? `${posix.basename(note.path)}:${note.line}` : posix.basename(note.path);
  item.description = note.reason;
  item.tooltip = new MarkdownString().appendText(`${note.path}\n\n${note.reason}`);
  item.iconPath = ThemeIcon.File;
  item.command = { title: l10n.t("Open"), command: "parallelRefactor.openNote", arguments: [note] };
  return item;
}

function fold(of: RunNode, label: string, name: string, description: string, symbol: string): TreeItem {
  const item = new TreeItem(label, Fold.Collapsed);
  item.id = `${of.folder} ${name}`;
  item.description = description;
  item.iconPath = new ThemeIcon(symbol);
  return item;
}

/** Say who has a task, for how long and what it has cost, or what became of it. */
function said(task: TaskStatus, file?: TaskFile): string {
  const parts = {
    claimed: [task.worker, lasting(task.since)],
    submitted: [task.worker, l10n.t("lands soon")],
    proposed: [l10n.t("waits for your review")],
    failed: [l10n.t("failed"), task.reason],
    blocked: [l10n.t("failed"), task.reason],
    waiting: [l10n.t("waits for you"), task.reason],
    held: [task.reason],
  }[task.state] ?? [file?.outcome ?? task.state];
  return [...parts, task.shared ? l10n.t("edits that other tasks want") : "", task.cost].filter(Boolean).join(" · ");
}

function context(kind: string, task: TaskStatus, all: TaskFile[]): string {
  const changed = all.some((file) => file.outcome === "changed");
  return [kind, task.state, changed ? "changed" : ""].join(" ");
}

function icon(state: string): ThemeIcon {
  const [symbol, colour] = icons[state] ?? ["circle-outline", ""];
  return new ThemeIcon(symbol, colour ? new ThemeColor(colour) : undefined);
}

const icons: Record<string, [string, string]> = {
  planning: ["sync~spin", ""],
  asking: ["question", "charts.yellow"],
  running: ["sync~spin", "parallelRefactor.heldForeground"],
  paused: ["debug-pause", "charts.yellow"],
  undone: ["discard", ""],
  claimed: ["sync~spin", "parallelRefactor.heldForeground"],
  submitted: ["arrow-down", "parallelRefactor.heldForeground"],
  proposed: ["eye", "charts.yellow"],
  waiting: ["watch", "charts.yellow"],
  held: ["watch", "charts.yellow"],
  done: ["pass", "charts.green"],
  changed: ["pass", "charts.green"],
  unchanged: ["dash", ""],
  "taken back": ["discard", ""],
  left: ["circle-slash", ""],
  failed: ["error", "charts.red"],
  blocked: ["error", "charts.red"],
  skipped: ["circle-slash", ""],
  cancelled: ["circle-slash", ""],
};
