/**
 * Runs as notifications with a Cancel button; the language client alone would show them in the status bar.
 */

import { type CancellationToken, Disposable, type Progress, ProgressLocation, window } from "vscode";
import {
  type LanguageClient,
  type ProgressToken,
  State,
  type WorkDoneProgressBegin,
  WorkDoneProgressCancelNotification,
  type WorkDoneProgressEnd,
  type WorkDoneProgressReport,
} from "vscode-languageclient/node";
import type { Board } from "./board";
import type { Server } from "./server";

/** What the server says of one progress. */
export interface ProgressNews {
  client: LanguageClient;
  token: ProgressToken;
  params: WorkDoneProgressBegin | WorkDoneProgressReport | WorkDoneProgressEnd;
}

/** While a plan waits for its yes or no, its question is notification enough. */
const quiet = new Set(["planning", "asking"]);

export function showProgress(server: Server, board: Board): Disposable {
  const going = new Map<ProgressToken, Notification>();
  const showAll = () => {
    if (board.going.some((run) => !quiet.has(run.state))) {
      going.forEach((notification) => notification.show());
    }
  };
  const endAll = () => {
    going.forEach((notification) => notification.end());
    going.clear();
  };
  const handle = ({ client, token, params }: ProgressNews) => {
    if (params.kind === "begin") {
      const cancel = () => client.sendNotification(WorkDoneProgressCancelNotification.type, { token });
      going.set(token, new Notification(params, () => void cancel()));
    } else if (params.kind === "report") {
      going.get(token)?.report(params);
    } else {
      going.get(token)?.end();
      going.delete(token);
    }
    showAll();
  };
  return Disposable.from(
    server.onDidProgress(handle),
    server.onDidMakeClient((client) =>
      client.onDidChangeState(({ newState }) => newState === State.Stopped && endAll()),
    ),
    board.onDidChange(showAll),
    { dispose: endAll },
  );
}

class Notification {
  end: () => void = () => undefined;
  private readonly over: Promise<void>;
  private isShown = false;
  private percent = 0;
  private progress: Progress<{ message?: string; increment?: number }> | undefined;
  private last: WorkDoneProgressBegin | WorkDoneProgressReport;

  constructor(
    private readonly begin: WorkDoneProgressBegin,
    private readonly cancel: () => void,
  ) {
    this.last = begin;
    this.over = new Promise<void>((resolve) => {
      this.end = resolve;
    });
  }

  show(): void {
    if (this.isShown) {
      return;
    }
    this.isShown = true;
    const { title, cancellable = false } = this.begin;
    void window.withProgress({ location: ProgressLocation.Notification, title, cancellable }, (progress, token) =>
      this.run(progress, token),
    );
  }

  report(params: WorkDoneProgressBegin | WorkDoneProgressReport): void {
    this.last = params;
    const percent = Math.max(this.percent, params.percentage ?? 0);
    if (this.progress) {
      this.progress.report({ message: params.message ?? "", increment: percent - this.percent });
      this.percent = percent;
    }
  }

  private run(progress: Progress<{ message?: string; increment?: number }>, token: CancellationToken): Promise<void> {
    token.onCancellationRequested(this.cancel);
    this.progress = progress;
    this.report(this.last);
    return this.over;
  }
}
