/**
 * "Parallel Refactor Workspace", also from the menus of files: pick a recipe or type what to change. The server plans.
 */

import {
  Disposable,
  l10n,
  type Memento,
  type QuickInputButton,
  type QuickPickItem,
  QuickPickItemKind,
  ThemeIcon,
  Uri,
  window,
  workspace,
} from "vscode";
import { register } from "./commands";
import { type Began, type RecipeInfo, type Recipes, type StartRun, serverCommands } from "./messages";
import type { Server } from "./server";

type Choice = Pick<StartRun, "prompt" | "recipe"> & { options: Record<string, string> };

interface Places<T> {
  globalValue?: T;
  workspaceValue?: T;
  workspaceFolderValue?: T;
}

interface Item extends QuickPickItem {
  recipe?: RecipeInfo;
  prompt?: string;
}

/** What is to be changed: a folder, or some files and folders in it. */
interface Where {
  folder: Uri;
  files: Uri[];
}

const historyKey = "prompts";
const mostRemembered = 20;

export function registerStart(server: Server, memory: Memento): Disposable {
  const begin = async (where: Where | undefined) => {
    const item = where && (await chooseChange(server, memory, where));
    const choice = item && (await complete(item));
    if (choice) {
      await server.execute<Began>(serverCommands.startRun, request(where, choice));
    }
  };
  return Disposable.from(
    register("refactorWorkspace", async () => begin(await chooseFolder())),
    register("refactorFiles", async (clicked, selected) => begin(placesOf(clicked, selected))),
  );
}

function request({ folder, files }: Where, choice: Choice): StartRun {
  const settings = workspace.getConfiguration("parallelRefactor", folder);
  const engine = chosen(settings.inspect<string>("engine"));
  return {
    ...choice,
    folder: folder.toString(),
    ...(files.length > 0 && { files: files.map(String) }),
    // A recipe that was picked is done by itself, or rehearsed.
    engine: choice.recipe && engine !== "simulate" ? undefined : engine,
    // What is for models makes no sense with a recipe.
    ...(!choice.recipe && {
      maxCost: chosen(settings.inspect<number>("maxCost")),
      choose: chosen(settings.inspect<boolean>("choose")),
    }),
    workers: chosen(settings.inspect<number>("workers")),
    review: chosen(settings.inspect<boolean>("review")),
    options: { ...settings.get("engineOptions", {}), ...choice.options },
  };
}

/** Give what somebody has set; without that, the settings of the workspace's own file are for the server to read. */
function chosen<T>(found: Places<T> | undefined): T | undefined {
  return found?.workspaceFolderValue ?? found?.workspaceValue ?? found?.globalValue;
}

async function chooseFolder(): Promise<Where | undefined> {
  const folders = workspace.workspaceFolders ?? [];
  if (folders.length > 1) {
    const placeHolder = l10n.t("The folder to change");
    const picked = await window.showWorkspaceFolderPick({ placeHolder });
    return picked && { folder: picked.uri, files: [] };
  }
  if (!folders[0]) {
    throw new Error(l10n.t("No folder is open: open the one to change."));
  }
  return { folder: folders[0].uri, files: [] };
}

/** Give what a menu was opened on: in the explorer all that is selected, in an editor its file. */
function placesOf(clicked: unknown, selected: unknown): Where {
  const several = Array.isArray(selected) ? selected.filter((one) => one instanceof Uri) : [];
  const one = clicked instanceof Uri ? clicked : window.activeTextEditor?.document.uri;
  const files = several.length > 0 ? several : one ? [one] : [];
  const folder = files[0] && workspace.getWorkspaceFolder(files[0])?.uri;
  if (!folder) {
    throw new Error(l10n.t("This file is in no folder that is open here."));
  }
  const inside = files.filter((file) => workspace.getWorkspaceFolder(file)?.uri.toString() === folder.toString());
  return { folder, files: inside.some((file) => file.toString() === folder.toString()) ? [] : inside };
}

/** Let the person pick a recipe or what they typed before; what they type is offered as a change of its own. */
async function chooseChange(server: Server, memory: Memento, where: Where): Promise<Item | undefined> {
  const picker = window.createQuickPick<Item>();
  picker.title = titleFor(where);
  picker.placeholder = l10n.t("Pick a recipe, or type what to change");
  picker.matchOnDescription = true;
  picker.matchOnDetail = true;
  picker.busy = true;
  picker.show();
  try {
    const found = await server.execute<Recipes>(serverCommands.listRecipes, { folder: where.folder.toString() });
    const recipes = found.recipes.map(itemOf);
    if (found.problem) {
      void window.showWarningMessage(found.problem);
    }
    const before = memory.get<string[]>(historyKey, []);
    const offer = () => {
      const prompt = picker.value.trim();
      const typed: Item = {
        label: `$(edit) ${prompt}`,
        description: l10n.t("in these words"),
        alwaysShow: true,
        prompt,
      };
      const used = before.map((text): Item => ({ label: `$(history) ${text.replace(/\s+/g, " ")}`, prompt: text }));
      picker.items = [
        ...(prompt ? [typed] : []),
        separator(l10n.t("recipes")),
        ...recipes,
        ...(used.length > 0 ? [separator(l10n.t("asked before")), ...used] : []),
      ];
    };
    picker.onDidChangeValue(offer);
    picker.onDidTriggerItemButton(({ item }) => explain(item));
    picker.busy = false;
    offer();
    const picked = await new Promise<Item | undefined>((resolve) => {
      picker.onDidAccept(() => resolve(picker.selectedItems[0]));
      picker.onDidHide(() => resolve(undefined));
    });
    if (picked?.prompt) {
      const rest = before.filter((text) => text !== picked.prompt);
      await memory.update(historyKey, [picked.prompt, ...rest].slice(0, mostRemembered));
    }
    return picked;
  } finally {
    picker.dispose();
  }
}

function titleFor({ folder, files }: Where): string {
  const [first] = files;
  if (!first) {
    return l10n.t("Parallel Refactor Workspace");
  }
  const name = workspace.asRelativePath(first, folder.toString() === first.toString());
  return files.length === 1
    ? l10n.t("Parallel Refactor {0}", name)
    : l10n.t("Parallel Refactor {0} and {1} more", name, files.length - 1);
}

const info: QuickInputButton = { iconPath: new ThemeIcon("info"), tooltip: l10n.t("What It Does") };

/** A row has one line for what a recipe does: the first sentence; a button shows all of it. */
function itemOf(recipe: RecipeInfo): Item {
  const { title, name, description } = recipe;
  return { label: title, description: name, detail: description.replace(/(?<=\.) .*/s, ""), recipe, buttons: [info] };
}

function explain({ recipe }: Item): void {
  if (recipe) {
    const options = recipe.options.map((option) => `${option.name}: ${option.description}`);
    const detail = [recipe.description, ...options].join("\n\n");
    void window.showInformationMessage(recipe.title, { modal: true, detail });
  }
}

function separator(label: string): Item {
  return { label, kind: QuickPickItemKind.Separator };
}

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
