/**
 * The key of the model: VS Code keeps it as a secret, and the server gets it in its environment, nowhere else.
 */

import { type Disposable, l10n, type SecretStorage, window } from "vscode";
import { register } from "./commands";
import { keyVariable } from "./program";

/** Let the person give the key, or with nothing typed take it away; the server is started anew when it changes. */
export function registerKey(secrets: SecretStorage): Disposable {
  return register("setApiKey", async () => {
    const known = (await secrets.get(keyVariable)) !== undefined;
    const key = await window.showInputBox({
      title: l10n.t("Set API Key"),
      prompt: known
        ? l10n.t("The key for the Anthropic API. Leave it empty to remove the one that is kept.")
        : l10n.t("The key for the Anthropic API. VS Code keeps it as a secret."),
      password: true,
      ignoreFocusOut: true,
    });
    if (key?.trim()) {
      await secrets.store(keyVariable, key.trim());
      void window.showInformationMessage(l10n.t("The key is kept. Runs that begin from now on use it."));
    } else if (key !== undefined && known) {
      await secrets.delete(keyVariable);
      void window.showInformationMessage(l10n.t("The key is removed."));
    }
  });
}
