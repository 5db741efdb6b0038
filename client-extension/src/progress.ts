/**
 * Runs as notifications with a Cancel button; the language client alone would show them in the status bar.
 */

import { type CancellationToken, type Progress, ProgressLocation, window } from "vscode";
import {
  type LanguageClient,
  type ProgressToken,
  type WorkDoneProgressBegin,
  WorkDoneProgressCancelNotification,
  type WorkDoneProgressEnd,
  type WorkDoneProgressReport,
} from "vscode-languageclient/node";

type Report = Progress<{ message?: string; increment?: number }>;

export class ProgressNotifications {
  private readonly shown = new Map<ProgressToken, Notification>();

  /** Follow what the server says of one progress. */
  handle(
    client: LanguageClient,
    token: ProgressToken,
    params: WorkDoneProgressBegin | WorkDoneProgressReport | WorkDoneProgressEnd,
  ): void {
    if (params.kind === "begin") {
      const cancel = () => client.sendNotification(WorkDoneProgressCancelNotification.type, { token });
      this.shown.set(token, new Notification(params, () => void cancel()));
    } else if (params.kind === "report") {
      this.shown.get(token)?.report(params);
    } else {
      this.shown.get(token)?.end();
      this.shown.delete(token);
    }
  }

  /** End all: the server that reported is gone. */
  clear(): void {
    for (const notification of this.shown.values()) {
      notification.end();
    }
    this.shown.clear();
  }
}

class Notification {
  end: () => void = () => undefined;
  private percent = 0;
  private progress: Report | undefined;
  private last: WorkDoneProgressBegin | WorkDoneProgressReport;

  constructor(begin: WorkDoneProgressBegin, cancel: () => void) {
    this.last = begin;
    const over = new Promise<void>((resolve) => {
      this.end = resolve;
    });
    const task = (progress: Report, token: CancellationToken) => {
      token.onCancellationRequested(cancel);
      this.progress = progress;
      this.report(this.last);
      return over;
    };
    const location = ProgressLocation.Notification;
    void window.withProgress({ location, title: begin.title, cancellable: begin.cancellable ?? false }, task);
  }

  report(params: WorkDoneProgressBegin | WorkDoneProgressReport): void {
    this.last = params;
    const percent = Math.max(this.percent, params.percentage ?? 0);
    if (this.progress) {
      this.progress.report({ message: params.message ?? "", increment: percent - this.percent });
      this.percent = percent;
    }
  }
}
