/**
 * How commands are registered here: what goes wrong is said to the person, once.
 */

import { commands, type Disposable, window } from "vscode";
import { ProgramError } from "./program";

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

/** Tell the person what went wrong. */
export async function tell(error: unknown): Promise<void> {
  const text = error instanceof Error ? error.message : String(error);
  const settings = "Open Settings";
  const logs = "Show Logs";
  const answer = await window.showErrorMessage(text, ...(error instanceof ProgramError ? [settings, logs] : []));
  if (answer === settings) {
    await commands.executeCommand("workbench.action.openSettings", "parallelRefactor.interpreter");
  } else if (answer === logs) {
    await commands.executeCommand("parallelRefactor.showLogs");
  }
}
