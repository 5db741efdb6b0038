/**
 * When something seems wrong: the server's standing, its log, a fresh start, and the doctor.
 */

import {
  type Disposable,
  l10n,
  LanguageStatusSeverity,
  languages,
  type LogOutputChannel,
  ProcessExecution,
  Task,
  TaskRevealKind,
  tasks,
  TaskScope,
  workspace,
} from "vscode";
import { State } from "vscode-languageclient/node";
import { register } from "./commands";
import type { Environment } from "./environment";
import type { Server } from "./server";

export function registerHelp(server: Server, environment: Environment, log: LogOutputChannel): Disposable[] {
  return [
    register("restart", () => server.restart()),
    register("showLogs", () => log.show()),
    register("doctor", () => callDoctor(environment)),
    showStanding(server),
  ];
}

/** Let the doctor look at the board, as a task in a terminal: it asks before it repairs something. */
async function callDoctor(environment: Environment): Promise<void> {
  const folder = workspace.workspaceFolders?.[0]?.uri;
  if (!folder) {
    throw new Error(l10n.t("No folder is open: open the one whose task board is to be looked at."));
  }
  const { command, args } = await environment.program();
  const work = new ProcessExecution(command, [...args, "doctor", folder.fsPath]);
  const task = new Task({ type: "process" }, TaskScope.Workspace, l10n.t("doctor"), "Parallel Refactor", work, []);
  task.presentationOptions = { echo: false, focus: true, reveal: TaskRevealKind.Always };
  await tasks.executeTask(task);
}

/** The server's standing, in the list behind the braces in the status bar. It is not there before the server is. */
function showStanding(server: Server): Disposable {
  let item: ReturnType<typeof languages.createLanguageStatusItem> | undefined;
  const made = server.onDidMakeClient((client) => {
    item ??= languages.createLanguageStatusItem("parallelRefactor", { scheme: "file" });
    item.name = "Parallel Refactor";
    item.command = { title: l10n.t("Restart"), command: "parallelRefactor.restart" };
    const shown = item;
    client.onDidChangeState(({ newState }) => {
      shown.busy = newState === State.Starting;
      shown.text =
        newState === State.Running ? l10n.t("Parallel Refactor is ready") : l10n.t("Parallel Refactor is down");
      shown.severity = newState === State.Stopped ? LanguageStatusSeverity.Warning : LanguageStatusSeverity.Information;
    });
  });
  return {
    dispose: () => {
      made.dispose();
      item?.dispose();
    },
  };
}
