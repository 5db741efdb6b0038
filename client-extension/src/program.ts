/**
 * Finds the program `parallel-refactor`: a command of the user's, or a module of a Python interpreter.
 */

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { extensions, type Uri, workspace } from "vscode";

/** How to call the program: the command line is `command`, `args`, and what it should do. */
export interface Program {
  command: string;
  args: string[];
}

/** A program that can be started. */
export interface CheckedProgram extends Program {
  version: string;
}

/** The environment variable in which the program looks for the key of the model. */
export const keyVariable = "ANTHROPIC_API_KEY";

/** The program cannot be used; the message tells the person why, and what to do. */
export class ProgramError extends Error {}

/** Give the program that the settings name, or that the workspace's interpreter has. */
export async function findProgram(): Promise<Program> {
  const settings = workspace.getConfiguration("parallelRefactor");
  const [command, ...args] = settings.get<string[]>("serverCommand", []).map(withFolder);
  if (command) {
    return { command, args };
  }
  const scope = workspace.workspaceFolders?.[0]?.uri;
  const interpreter =
    withFolder(settings.get("interpreter", "")) ||
    (await ofEnvironmentsExtension(scope)) ||
    (await ofPythonExtension(scope)) ||
    (process.platform === "win32" ? "python" : "python3");
  // -P: a file of the workspace that is called like a module must not take its place.
  return { command: interpreter, args: ["-P", "-m", "parallel_refactor"] };
}

const patience = 60_000;

/** Tell whether the person has said which program to take. */
export function isNamed(): boolean {
  const settings = workspace.getConfiguration("parallelRefactor");
  return settings.get<string[]>("serverCommand", []).length > 0 || settings.get<string>("interpreter", "") !== "";
}

/** Make sure that a program can be started, and find out its version. */
export async function checkProgram({ command, args }: Program): Promise<CheckedProgram> {
  try {
    const done = await promisify(execFile)(command, [...args, "--version"], { timeout: patience });
    return { command, args, version: done.stdout.trim() };
  } catch (error) {
    const { stderr, code, message } = error as { stderr?: string; code?: number | string; message: string };
    const said = stderr?.trim().split("\n").at(-1)?.replace(/\.$/, "");
    const reason = said || (typeof code === "number" ? `it ended with code ${code}` : message);
    throw new ProgramError(
      `Parallel Refactor cannot be started with ${command}: ${reason}. Name a Python 3.11 or newer that has ` +
        "the package parallel-refactor installed in the setting parallelRefactor.interpreter.",
    );
  }
}

function withFolder(text: string): string {
  return text.replaceAll("${workspaceFolder}", workspace.workspaceFolders?.[0]?.uri.fsPath ?? "");
}

/** What the Python Environments extension (ms-python.vscode-python-envs) offers, as far as it is used here. */
interface EnvironmentsApi {
  getEnvironment(scope?: Uri): Promise<{ execInfo: { run: { executable: string } } } | undefined>;
}

async function ofEnvironmentsExtension(scope?: Uri): Promise<string | undefined> {
  const api = await extensions.getExtension<EnvironmentsApi>("ms-python.vscode-python-envs")?.activate();
  return (await api?.getEnvironment(scope))?.execInfo.run.executable;
}

/** What the Python extension (ms-python.python) offers, as far as it is used here. */
interface PythonApi {
  environments: {
    getActiveEnvironmentPath(scope?: Uri): { path: string };
    resolveEnvironment(path: { path: string }): Promise<{ executable: { uri?: Uri } } | undefined>;
  };
}

async function ofPythonExtension(scope?: Uri): Promise<string | undefined> {
  const api = await extensions.getExtension<PythonApi>("ms-python.python")?.activate();
  const environments = api?.environments;
  return (await environments?.resolveEnvironment(environments.getActiveEnvironmentPath(scope)))?.executable.uri?.fsPath;
}
