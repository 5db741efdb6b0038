/**
 * Links beside what the server says of a file's owner: a hover is where a person looks first.
 */

import { type Disposable, Hover, l10n, languages, MarkdownString, type Uri } from "vscode";
import type { Board } from "./board";
import type { FileLock } from "./messages";

/** On the first line of a file that a run has, offer what one can do about it. */
export function offerInHovers(board: Board): Disposable {
  return languages.registerHoverProvider(
    { scheme: "file" },
    {
      provideHover: ({ uri }, { line }) => {
        const lock = board.owners(uri).find(({ kind }) => kind !== "person");
        return line === 0 && lock ? new Hover(links(uri, lock)) : undefined;
      },
    },
  );
}

function links(uri: Uri, { kind, run }: FileLock): MarkdownString {
  const offers: [string, string, unknown[]][] =
    kind === "proposal"
      ? [
          [l10n.t("Accept"), "accept", proposal(run, uri)],
          [l10n.t("Reject"), "reject", proposal(run, uri)],
          [l10n.t("Show the Change"), "reviewProposal", proposal(run, uri)],
        ]
      : [[l10n.t("Give me this file"), "takeThisFile", [uri.toString()]]];
  const all = [...offers, [l10n.t("Show the Task Board"), "taskBoard.focus", []] as const];
  const text = new MarkdownString(
    all.map(([title, id, given]) => `[${title}](${link(`parallelRefactor.${id}`, given)})`).join(" · "),
  );
  text.isTrusted = { enabledCommands: all.map(([, id]) => `parallelRefactor.${id}`) };
  return text;
}

function proposal(run: string, uri: Uri): unknown[] {
  return [{ run, files: [uri.toString()] }];
}

function link(command: string, given: readonly unknown[]): string {
  return given.length > 0 ? `command:${command}?${encodeURIComponent(JSON.stringify(given))}` : `command:${command}`;
}
