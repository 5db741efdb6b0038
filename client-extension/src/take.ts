/**
 * "Give Me This File": takes the file in front of the person from the worker that has it.
 */

import { posix } from "node:path";
import { type Disposable, l10n, Uri, window } from "vscode";
import { register } from "./commands";
import { serverCommands, type Taking } from "./messages";
import type { Server } from "./server";

export function registerTaking(server: Server): Disposable {
  return register("takeThisFile", async (given) => {
    const uri = fileOf(given) ?? window.activeTextEditor?.document.uri;
    if (!uri) {
      throw new Error(l10n.t("No file is open in the editor: open the one that you want."));
    }
    const taking = await server.execute<Taking>(serverCommands.takeFile, uri.toString());
    const show = l10n.t("Show What Was Done");
    const text = outcomes[taking.how](posix.basename(uri.path));
    const answer = await window.showInformationMessage(text, ...(taking.patch ? [show] : []));
    if (answer === show) {
      await window.showTextDocument(Uri.file(taking.patch));
    }
  });
}

/** Short: VS Code cuts messages without buttons to one line. */
const outcomes = {
  free: (name: string) => l10n.t("{0} is yours: no worker had it.", name),
  taken: (name: string) => l10n.t("{0} is yours until you save or close it.", name),
  landing: (name: string) => l10n.t("{0} is yours, with what the worker has just changed.", name),
};

/** Give the file that a row of the Task Board or a link names. */
function fileOf(given: unknown): Uri | undefined {
  const named = (given as { file?: { uri: string } } | undefined)?.file?.uri ?? given;
  return typeof named === "string" ? Uri.parse(named) : named instanceof Uri ? named : undefined;
}
