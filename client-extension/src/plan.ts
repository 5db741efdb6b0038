/**
 * Plans that wait for a yes or no, each as a document in the editor.
 */

import { randomBytes } from "node:crypto";
import { commands, Disposable, l10n, Uri, ViewColumn, type WebviewPanel, window, workspace } from "vscode";
import type { Board, Run } from "./board";
import { register, tell } from "./commands";
import { plannedNotification, type RunDetails, serverCommands } from "./messages";
import { planPage } from "./plan_page";
import { named, pickRun, standing } from "./runs";
import type { Server } from "./server";

/** Milliseconds between two looks at a plan: the board may change ten times a second. */
const pause = 100;

interface Said {
  answer?: string;
  leave?: string;
  open?: string;
}

export function registerPlans(server: Server, board: Board): Disposable {
  const plans = new Map<string, Plan>();
  const show = (run: Run) => {
    const key = `${run.run} ${run.folder}`;
    const plan = plans.get(key) ?? new Plan(server, board, run, () => plans.delete(key));
    plans.set(key, plan);
    plan.reveal();
  };
  return Disposable.from(
    server.onDidMakeClient((client) =>
      client.onNotification(plannedNotification, (news) => {
        const run = named(board, news);
        if (run) {
          show(run);
        }
      }),
    ),
    register("showPlan", async (given) => {
      await server.start();
      const run =
        named(board, given) ??
        (await pickRun(
          board.runs.filter((one) => one.kind === "refactor"),
          standing,
          {
            title: l10n.t("Show Plan"),
            placeHolder: l10n.t("The run whose plan to see"),
            none: l10n.t("Nothing has been run here."),
          },
        ));
      if (run) {
        show(run);
      }
    }),
    register("start", (given) => server.execute(serverCommands.resumeRun, name(given as Run))),
    board.onDidChange(() => plans.forEach((plan) => plan.refresh())),
    { dispose: () => plans.forEach((plan) => plan.dispose()) },
  );
}

function name({ run, folder }: Run): { run: string; folder: string } {
  return { run, folder };
}

class Plan implements Disposable {
  private readonly panel: WebviewPanel;
  private shown = "";
  private drawing: NodeJS.Timeout | undefined;

  constructor(
    private readonly server: Server,
    private readonly board: Board,
    private run: Run,
    gone: () => void,
  ) {
    this.panel = window.createWebviewPanel("parallelRefactor.plan", l10n.t("Plan {0}", run.run), ViewColumn.Active, {
      enableScripts: true,
      localResourceRoots: [],
    });
    this.panel.onDidDispose(gone);
    this.panel.webview.onDidReceiveMessage((said: Said) => this.hear(said).catch(tell));
    this.refresh();
  }

  reveal(): void {
    this.panel.reveal();
  }

  dispose(): void {
    clearTimeout(this.drawing);
    this.panel.dispose();
  }

  /** Show the plan as it is now. One that was answered elsewhere goes away. */
  refresh(): void {
    const before = this.run.state;
    this.run = named(this.board, this.run) ?? this.run;
    if (before === "asking" && this.run.state !== "asking") {
      this.dispose();
      return;
    }
    if (this.run.state === "asking" || this.shown === "") {
      this.drawing ??= setTimeout(() => {
        this.drawing = undefined;
        void this.draw().catch(() => undefined); // the server ends, or its board is gone
      }, pause);
    }
  }

  private async draw(): Promise<void> {
    const plan = await this.server.execute<RunDetails>(serverCommands.showRun, name(this.run));
    const facts = JSON.stringify([plan, this.run.state]);
    if (facts !== this.shown) {
      this.shown = facts;
      this.panel.webview.html = planPage(this.run, plan, randomBytes(16).toString("base64"));
    }
  }

  private async hear({ answer, leave, open }: Said): Promise<void> {
    const run = name(this.run);
    if (open) {
      await window.showTextDocument(Uri.parse(open), { preview: true, viewColumn: ViewColumn.Beside });
    } else if (leave) {
      await this.server.execute(serverCommands.leaveOut, { ...run, files: [leave] });
      await this.draw();
    } else if (answer === "cancel" || answer === "change") {
      await this.server.execute(serverCommands.cancelRun, run);
      if (answer === "change") {
        await commands.executeCommand("parallelRefactor.refactorWorkspace");
      }
    } else if (answer) {
      await this.start(answer);
    }
  }

  private async start(answer: string): Promise<void> {
    const run = name(this.run);
    if (answer === "save") {
      const { held } = await this.server.execute<RunDetails>(serverCommands.showRun, run);
      for (const file of held.filter(({ mine }) => mine)) {
        await workspace.save(Uri.parse(file.uri));
      }
    } else if (answer === "without") {
      await this.server.execute(serverCommands.leaveOut, run);
    }
    await this.server.execute(serverCommands.resumeRun, run);
  }
}
