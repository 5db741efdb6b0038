/**
 * How commands are registered here: what goes wrong is said to the person, once.
 */

import { commands, type Disposable, l10n, window } from "vscode";
import { keyVariable, ProgramError } from "./program";

/** Register a command of the palette. */
export function register(id: string, run: (...args: unknown[]) => void | Promise<void>): Disposable {
  return commands.registerCommand(`parallelRefactor.${id}`, async (...args: unknown[]) => {
    try {
      await run(...args);
    } catch (error) {
      await tell(error);
    }
  });
}

/**
 * Register a command for what a row of the Task Board or a link names. While VS Code draws the rows anew it does not know
 * which one was clicked: then nothing is done, rather than something else.
 */
export function registerFor(id: string, run: (named: unknown) => void | Promise<void>): Disposable {
  return register(id, async (given) => {
    if (given) {
      await run(given);
    }
  });
}

/** Tell the person what went wrong, and offer what may mend it. */
export async function tell(error: unknown): Promise<void> {
  const text = error instanceof Error ? error.message : String(error);
  const answer = await window.showErrorMessage(text, ...offersFor(error, text));
  if (answer) {
    await commands.executeCommand(answer.command, ...answer.arguments);
  }
}

function offersFor(error: unknown, text: string): { title: string; command: string; arguments: string[] }[] {
  if (error instanceof ProgramError) {
    return [
      {
        title: l10n.t("Open Settings"),
        command: "workbench.action.openSettings",
        arguments: ["parallelRefactor.interpreter"],
      },
      { title: l10n.t("Show Logs"), command: "parallelRefactor.showLogs", arguments: [] },
    ];
  }
  return text.includes(keyVariable)
    ? [{ title: l10n.t("Set API Key..."), command: "parallelRefactor.setApiKey", arguments: [] }]
    : [];
}
