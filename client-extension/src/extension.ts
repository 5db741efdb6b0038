/**
 * Puts the client together. The server is started by the first command, or when a workspace has a task board.
 */

import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type ExtensionContext, type LogOutputChannel, RelativePattern, type Uri, window, workspace } from "vscode";
import { showBadges } from "./badges";
import { showBanners } from "./banner";
import { Board } from "./board";
import { tell } from "./commands";
import { registerEnding } from "./ending";
import { Environment } from "./environment";
import { registerHelp } from "./help";
import { offerInHovers } from "./hover";
import { registerKey } from "./key";
import { showLenses } from "./lens";
import { registerPlans } from "./plan";
import { showProgress } from "./progress";
import { registerProposals } from "./proposals";
import { registerReview } from "./review";
import { Server } from "./server";
import { registerStart } from "./start";
import { showStatus } from "./status";
import { registerSteering } from "./steer";
import { registerTaking } from "./take";
import { showTree } from "./tree";
import { tellUnsaved } from "./unsaved";
import { warnOfContests } from "./warn";

const boardFile = ".task_board/board.json";

let server: Server | undefined;

export function activate(context: ExtensionContext): void {
  const log = window.createOutputChannel("Parallel Refactor", { log: true });
  const environment = new Environment(context);
  connect(context, log, environment, (server = new Server(log, context.secrets, environment)));
}

/** Let the server come to its end: VS Code waits for what this gives. */
export function deactivate(): Promise<void> | undefined {
  return server?.dispose();
}

function connect(context: ExtensionContext, log: LogOutputChannel, environment: Environment, server: Server): void {
  const board = new Board(server);
  context.subscriptions.push(
    log,
    board,
    tellUnsaved(server),
    ...showBadges(board),
    ...showBanners(board),
    ...showStatus(board),
    showProgress(server, board),
    registerStart(server, context.workspaceState),
    registerPlans(server, board),
    registerReview(server, board),
    registerProposals(server, board),
    registerEnding(server, board),
    warnOfContests(server, board),
    showTree(server, board),
    offerInHovers(board),
    showLenses(board),
    registerKey(context.secrets),
    ...registerHelp(server, environment, log),
    ...registerSteering(server, board),
    registerTaking(server),
    workspace.onDidChangeWorkspaceFolders(({ added }) => startForBoards(server, context, added.map(uriOf))),
  );
  startForBoards(server, context, (workspace.workspaceFolders ?? []).map(uriOf));
}

/** Start the server as soon as one of these folders has a task board, its own or that of a folder above. */
function startForBoards(server: Server, context: ExtensionContext, folders: Uri[]): void {
  const start = () => server.start().catch(tell);
  for (const folder of folders.filter(({ scheme }) => scheme === "file")) {
    const watcher = workspace.createFileSystemWatcher(new RelativePattern(folder, boardFile), false, true, true);
    context.subscriptions.push(watcher, watcher.onDidCreate(start));
    void hasBoard(folder.fsPath).then((found) => (found ? start() : undefined));
  }
}

async function hasBoard(folder: string): Promise<boolean> {
  const found = await stat(join(folder, boardFile)).catch(() => undefined);
  const above = dirname(folder);
  return found !== undefined || (above !== folder && hasBoard(above));
}

function uriOf(folder: { uri: Uri }): Uri {
  return folder.uri;
}
