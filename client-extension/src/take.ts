/**
 * "Give Me This File": takes the file in front of the person from the worker that has it.
 */

import { posix } from "node:path";
import { type Disposable, Uri, window } from "vscode";
import { register } from "./commands";
import { serverCommands, type Taking } from "./messages";
import type { Server } from "./server";

export function registerTaking(server: Server): Disposable {
  return register("takeThisFile", async (given) => {
    const uri = fileOf(given) ?? window.activeTextEditor?.document.uri;
    if (!uri) {
      throw new Error("No file is open in the editor: open the one that you want.");
    }
    const taking = await server.execute<Taking>(serverCommands.takeFile, uri.toString());
    const show = "Show What Was Done";
    const text = `${posix.basename(uri.path)} ${outcomes[taking.how]}`;
    const answer = await window.showInformationMessage(text, ...(taking.patch ? [show] : []));
    if (answer === show) {
      await window.showTextDocument(Uri.file(taking.patch));
    }
  });
}

/** Short: VS Code cuts messages without buttons to one line. */
const outcomes = {
  free: "is yours: no worker had it.",
  taken: "is yours until you save or close it.",
  landing: "is yours, with what the worker has just changed.",
};

/** Give the file that a row of the Task Board or a link names. */
function fileOf(given: unknown): Uri | undefined {
  const named = (given as { file?: { uri: string } } | undefined)?.file?.uri ?? given;
  return typeof named === "string" ? Uri.parse(named) : named instanceof Uri ? named : undefined;
}
