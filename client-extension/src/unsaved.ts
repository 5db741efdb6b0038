/**
 * Unsaved text: the server learns what VS Code counts as changed.
 */

import { Disposable, type Tab, TabInputCustom, TabInputNotebook, type Uri, window, workspace } from "vscode";
import { type LanguageClient, State } from "vscode-languageclient/node";
import { dirtyNotification } from "./messages";
import type { Server } from "./server";

export function tellUnsaved(server: Server): Disposable {
  let listeners: Disposable[] = [];
  const stop = () => {
    for (const listener of listeners.splice(0)) {
      listener.dispose();
    }
  };
  const made = server.onDidMakeClient((client) => {
    client.onDidChangeState(({ newState }) => {
      stop();
      if (newState === State.Running) {
        listeners = listen(client);
      }
    });
  });
  return Disposable.from(made, { dispose: stop });
}

function listen(client: LanguageClient): Disposable[] {
  const told = new Set<string>();
  const say = (uri: Uri, dirty: boolean) => {
    if (uri.scheme === "file" && (!dirty || !told.has(uri.toString()))) {
      told[dirty ? "add" : "delete"](uri.toString());
      void client.sendNotification(dirtyNotification, { uri: uri.toString(), dirty });
    }
  };
  // Notebooks and custom editors are no text documents: their tabs know.
  const look = (tabs: readonly Tab[], open: boolean) => {
    for (const { input, isDirty } of tabs) {
      if (input instanceof TabInputNotebook || input instanceof TabInputCustom) {
        say(input.uri, open && isDirty);
      }
    }
  };
  for (const document of workspace.textDocuments) {
    say(document.uri, document.isDirty);
  }
  for (const group of window.tabGroups.all) {
    look(group.tabs, true);
  }
  return [
    workspace.onDidChangeTextDocument(({ document }) => say(document.uri, document.isDirty)),
    workspace.onDidSaveTextDocument((document) => say(document.uri, document.isDirty)),
    workspace.onDidCloseTextDocument((document) => told.delete(document.uri.toString())),
    window.tabGroups.onDidChangeTabs(({ opened, changed, closed }) => {
      look([...opened, ...changed], true);
      look(closed, false);
    }),
  ];
}
