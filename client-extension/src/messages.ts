/**
 * The server's own messages, as docs/protocol.md describes them. Times are seconds since the epoch.
 */

import { NotificationType, RequestType0 } from "vscode-languageclient/node";

/** A file's owner: a worker, a person with unsaved text (`mine`: who is in front of this window), or a proposal. */
export interface FileLock {
  uri: string;
  path: string;
  kind: "worker" | "person" | "proposal";
  owner: string;
  since: number;
  now: string;
  text: string;
  mine: boolean;
  run: string;
  task: string;
  title: string;
}

export interface Worker {
  worker: string;
  task: string;
  files: string[];
  since: number;
}

export interface FileCounts {
  total: number;
  done: number;
  changed: number;
  failed: number;
  left: number;
  proposed: number;
}

export interface RunStatus {
  run: string;
  title: string;
  engine: string;
  kind: "refactor" | "undo";
  state: string;
  reason: string;
  began: number;
  ended: number;
  files: FileCounts;
  workers: Worker[];
  undoes: string;
  undoable: boolean;
}

export interface BoardStatus {
  folder: string;
  seq: number;
  runs: RunStatus[];
  locks: FileLock[];
}

export interface Boards {
  folders: BoardStatus[];
}

export interface BoardChange {
  folder: string;
  seq: number;
  runs: RunStatus[];
  locks: FileLock[];
  freed: string[];
}

export interface Dirty {
  uri: string;
  dirty: boolean;
}

export interface RunNews {
  folder: string;
  run: string;
  text: string;
}

export interface Contest {
  uri: string;
  run: string;
  task: string;
  worker: string;
  text: string;
}

export interface Began {
  runId: string;
}

export interface Taking {
  how: "free" | "taken" | "landing";
  uri: string;
  runId: string;
  task: string;
  patch: string;
}

export interface FileNote {
  uri: string;
  path: string;
  reason: string;
  line: number;
}

export interface HeldFile {
  uri: string;
  path: string;
  owner: string;
  mine: boolean;
}

export interface TaskFile {
  uri: string;
  path: string;
  outcome: string;
  before: string;
  after: string;
}

export interface TaskStatus {
  task: string;
  group: string;
  state: string;
  reason: string;
  worker: string;
  since: number;
  cost: string;
  summary: string;
  token: number;
  waitsFor: string[];
  files: TaskFile[];
  shared: boolean;
}

export interface RunDetails {
  folder: string;
  run: string;
  tasks: TaskStatus[];
  moreTasks: number;
  unchanged: number;
  left: FileNote[];
  notes: FileNote[];
  held: HeldFile[];
  chosen: string[];
  estimate: string[];
  cost: string;
  text: string;
}

export interface ProposedFile {
  uri: string;
  path: string;
  task: string;
  after: string;
  conflict: string;
}

export interface Proposal {
  folder: string;
  run: string;
  files: ProposedFile[];
  doubt: string;
}

export interface UndoPreview {
  run: string;
  files: string[];
  left: FileNote[];
  mergeable: string[];
  text: string;
}

export interface Commit {
  id: string;
  subject: string;
  files: string[];
}

export interface Committed {
  run: string;
  commits: Commit[];
  left: FileNote[];
  text: string;
}

export interface RecipeOption {
  name: string;
  description: string;
  required: boolean;
}

export interface RecipeInfo {
  name: string;
  title: string;
  description: string;
  options: RecipeOption[];
}

export interface Recipes {
  recipes: RecipeInfo[];
  problem: string;
}

/** What `parallelRefactor.startRun` takes, as far as this client asks for it. */
export interface StartRun {
  prompt: string;
  recipe?: string;
  engine?: string | undefined;
  workers?: number | undefined;
  maxCost?: number | undefined;
  choose?: boolean | undefined;
  folder?: string;
  files?: string[];
  review?: boolean | undefined;
  options: Record<string, unknown>;
}

export const boardRequest = new RequestType0<Boards, void>("parallelRefactor/board");
export const boardChanged = new NotificationType<BoardChange>("parallelRefactor/boardChanged");
export const dirtyNotification = new NotificationType<Dirty>("parallelRefactor/dirty");
export const plannedNotification = new NotificationType<RunNews>("parallelRefactor/planned");
export const endedNotification = new NotificationType<RunNews>("parallelRefactor/ended");
export const proposedNotification = new NotificationType<RunNews>("parallelRefactor/proposed");
export const contestedNotification = new NotificationType<Contest>("parallelRefactor/contested");

/** The server's commands. VS Code has them under these ids too, so the client's own commands have others. */
export const serverCommands = {
  startRun: "parallelRefactor.startRun",
  cancelRun: "parallelRefactor.cancelRun",
  cancelWorker: "parallelRefactor.cancelWorker",
  undoRun: "parallelRefactor.undoRun",
  takeFile: "parallelRefactor.takeFile",
  cancelTask: "parallelRefactor.cancelTask",
  pauseRun: "parallelRefactor.pauseRun",
  resumeRun: "parallelRefactor.resumeRun",
  showRun: "parallelRefactor.showRun",
  leaveOut: "parallelRefactor.leaveOut",
  previewUndo: "parallelRefactor.previewUndo",
  showProposal: "parallelRefactor.showProposal",
  acceptProposal: "parallelRefactor.acceptProposal",
  rejectProposal: "parallelRefactor.rejectProposal",
  retryRun: "parallelRefactor.retryRun",
  commitRun: "parallelRefactor.commitRun",
  listRecipes: "parallelRefactor.listRecipes",
} as const;
