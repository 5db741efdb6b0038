/**
 * What this window knows of the boards: which runs there are, and who holds which file.
 */

import { type Disposable, EventEmitter, Uri, workspace } from "vscode";
import { type LanguageClient, State, type StaticFeature } from "vscode-languageclient/node";
import { type BoardChange, type Boards, boardChanged, boardRequest, type FileLock, type RunStatus } from "./messages";
import type { Server } from "./server";

/** A run, and the workspace folder whose board it is on. */
export interface Run extends RunStatus {
  folder: string;
}

/** A file's owner, and the workspace folder whose board says so. */
export interface Owner extends FileLock {
  folder: string;
}

const ended = new Set(["done", "failed", "cancelled", "undone"]);

export class Board implements Disposable {
  private readonly locks = new Map<string, Owner[]>();
  private readonly all = new Map<string, Run>();
  private readonly changed = new EventEmitter<Uri[]>();

  /** Something is new on a board; the event names the files whose owners changed. */
  readonly onDidChange = this.changed.event;

  constructor(server: Server) {
    server.onDidMakeClient((client) => this.follow(client));
  }

  /** Give who holds a file, but for the person in front of this window. */
  owners(uri: Uri): readonly Owner[] {
    return this.locks.get(uri.toString()) ?? [];
  }

  /** The runs, newest first. */
  get runs(): Run[] {
    return [...this.all.values()].sort((one, other) => other.began - one.began);
  }

  /** The runs that have not ended, newest first. */
  get going(): Run[] {
    return this.runs.filter((run) => !ended.has(run.state));
  }

  dispose(): void {
    this.changed.dispose();
  }

  private follow(client: LanguageClient): void {
    client.registerFeature(declares);
    client.onNotification(boardChanged, (change) => this.apply(change));
    client.onDidChangeState(async ({ newState }) => {
      if (newState === State.Running) {
        this.replace(await client.sendRequest(boardRequest));
      } else if (newState === State.Stopped) {
        this.replace({ folders: [] });
      }
    });
  }

  private replace(boards: Boards): void {
    const before = [...this.locks.keys()];
    this.locks.clear();
    this.all.clear();
    for (const board of boards.folders) {
      this.take(board.folder, board.runs, board.locks);
    }
    this.fire([...before, ...this.locks.keys()]);
  }

  private apply(change: BoardChange): void {
    if (change.seq === 0) {
      for (const [key, run] of this.all) {
        if (run.folder === change.folder) {
          this.all.delete(key);
        }
      }
    }
    const touched = [...change.freed, ...change.locks.map((lock) => lock.uri)].map(named);
    for (const uri of touched) {
      this.locks.delete(uri);
    }
    this.take(change.folder, change.runs, change.locks);
    this.fire(touched);
  }

  private take(folder: string, runs: RunStatus[], locks: FileLock[]): void {
    for (const run of runs) {
      this.all.set(`${run.run} ${folder}`, { ...run, folder });
    }
    for (const lock of locks.filter((one) => !one.mine)) {
      const uri = named(lock.uri);
      this.locks.set(uri, [...(this.locks.get(uri) ?? []), { ...lock, folder }]);
    }
  }

  private fire(uris: string[]): void {
    this.changed.fire([...new Set(uris)].map((uri) => Uri.parse(uri)));
  }
}

/** Spell a URI as VS Code does. */
function named(uri: string): string {
  return Uri.parse(uri).toString();
}

/** Tells the server which of its own messages this client takes, and whether it may start what settings name. */
const declares: StaticFeature = {
  fillClientCapabilities(capabilities) {
    capabilities.experimental = {
      parallelRefactor: {
        boardChanged: true,
        planned: true,
        ended: true,
        contested: true,
        proposed: true,
        trusted: workspace.isTrusted,
      },
    };
  },
  initialize: () => undefined,
  getState: () => ({ kind: "static" }),
  clear: () => undefined,
};
