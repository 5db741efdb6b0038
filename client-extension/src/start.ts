/**
 * "Parallel Refactor Workspace": pick a recipe or type what to change. The server plans, shows the plan and asks.
 */

import { type Disposable, type QuickPickItem, QuickPickItemKind, type Uri, window, workspace } from "vscode";
import { register } from "./commands";
import { type Began, type StartRun, serverCommands } from "./messages";
import type { Recipe } from "./program";
import type { Server } from "./server";

type Choice = Pick<StartRun, "prompt" | "recipe"> & { options: Record<string, string> };

interface Places<T> {
  globalValue?: T;
  workspaceValue?: T;
  workspaceFolderValue?: T;
}

interface Item extends QuickPickItem {
  recipe?: Recipe;
  prompt?: string;
}

export function registerStart(server: Server): Disposable {
  return register("refactorWorkspace", async () => {
    const folder = await chooseFolder();
    const item = folder && (await chooseChange(server));
    const choice = item && (await complete(item));
    if (choice) {
      await server.execute<Began>(serverCommands.startRun, request(folder, choice));
    }
  });
}

function request(folder: Uri, choice: Choice): StartRun {
  const settings = workspace.getConfiguration("parallelRefactor", folder);
  return {
    ...choice,
    folder: folder.toString(),
    engine: chosen(settings.inspect<string>("engine")),
    workers: chosen(settings.inspect<number>("workers")),
    options: { ...settings.get("engineOptions", {}), ...choice.options },
  };
}

/** Give what somebody has set; without that, the settings of the workspace's own file are for the server to read. */
function chosen<T>(found: Places<T> | undefined): T | undefined {
  return found?.workspaceFolderValue ?? found?.workspaceValue ?? found?.globalValue;
}

async function chooseFolder(): Promise<Uri | undefined> {
  const folders = workspace.workspaceFolders ?? [];
  if (folders.length > 1) {
    return (await window.showWorkspaceFolderPick({ placeHolder: "The folder to change" }))?.uri;
  }
  if (!folders[0]) {
    throw new Error("No folder is open: open the one to change.");
  }
  return folders[0].uri;
}

/** Let the person pick a recipe; what they type instead is offered as a change of its own. */
async function chooseChange(server: Server): Promise<Item | undefined> {
  const picker = window.createQuickPick<Item>();
  picker.title = "Parallel Refactor Workspace";
  picker.placeholder = "Pick a recipe, or type what to change";
  picker.matchOnDescription = true;
  picker.matchOnDetail = true;
  picker.busy = true;
  picker.show();
  try {
    const recipes = (await server.recipes()).map((recipe): Item => ({
      label: recipe.title,
      description: recipe.name,
      detail: recipe.description,
      recipe,
    }));
    const offer = () => {
      const prompt = picker.value.trim();
      const typed: Item = { label: `$(edit) ${prompt}`, description: "in these words", alwaysShow: true, prompt };
      picker.items = [separator, ...recipes, ...(prompt ? [typed] : [])];
    };
    picker.onDidChangeValue(offer);
    picker.busy = false;
    offer();
    return await new Promise<Item | undefined>((resolve) => {
      picker.onDidAccept(() => resolve(picker.selectedItems[0]));
      picker.onDidHide(() => resolve(undefined));
    });
  } finally {
    picker.dispose();
  }
}

const separator: Item = { label: "recipes", kind: QuickPickItemKind.Separator };

/** Ask for what a recipe cannot do without. */
async function complete({ recipe, prompt = "" }: Item): Promise<Choice | undefined> {
  const options: Record<string, string> = {};
  for (const option of recipe?.options.filter(({ required }) => required) ?? []) {
    const value = await window.showInputBox({
      title: `${recipe?.title}: ${option.name}`,
      prompt: option.description,
      ignoreFocusOut: true,
    });
    if (value === undefined) {
      return undefined;
    }
    options[option.name] = value;
  }
  return recipe ? { recipe: recipe.name, prompt: recipe.title, options } : { prompt, options };
}
