/**
 * A Python environment of the extension's own, for who has the program nowhere else: made at first use, if they agree.
 */

import { execFile } from "node:child_process";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type ExtensionContext, l10n, ProgressLocation, window } from "vscode";
import { type CheckedProgram, checkProgram, findProgram, isNamed, ProgramError } from "./program";

/** Megabytes that it takes. */
const size = 210;

const run = promisify(execFile);

export class Environment {
  private readonly home: string;
  private readonly extension: string;
  private readonly version: string;

  constructor({ globalStorageUri, extensionUri, extension }: ExtensionContext) {
    this.home = join(globalStorageUri.fsPath, "python");
    this.extension = extensionUri.fsPath;
    this.version = (extension.packageJSON as { version: string }).version;
  }

  /** Give a program that can be started: the person's, else the one in the environment, which is made if they agree. */
  async program(): Promise<CheckedProgram> {
    const found = await findProgram();
    try {
      return await checkProgram(found);
    } catch (error) {
      if (isNamed()) {
        throw error;
      }
      const made = await readFile(this.stamp, "utf8").catch(() => undefined);
      if (made === undefined) {
        await agree(error, found.command);
      }
      if (made !== this.version) {
        await this.make(found.command);
      }
      return checkProgram({ command: this.python, args: ["-P", "-m", "parallel_refactor"] });
    }
  }

  private get stamp(): string {
    return join(this.home, "made-for");
  }

  private get python(): string {
    return process.platform === "win32" ? join(this.home, "Scripts", "python.exe") : join(this.home, "bin", "python");
  }

  /** Make it of the packages that the lock file names, by their digests, and of the program that came along. */
  private async make(interpreter: string): Promise<void> {
    const title = l10n.t("Parallel Refactor: making a Python environment");
    await window.withProgress({ location: ProgressLocation.Notification, title }, async () => {
      const wheels = (await readdir(join(this.extension, "python"))).filter((name) => name.endsWith(".whl"));
      const install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
      try {
        await rm(this.home, { recursive: true, force: true });
        await run(interpreter, ["-m", "venv", this.home]);
        await run(this.python, [...install, "--require-hashes", "-r", join(this.extension, "requirements.lock")]);
        await run(this.python, [
          ...install,
          "--no-deps",
          ...wheels.map((name) => join(this.extension, "python", name)),
        ]);
        await writeFile(this.stamp, this.version);
      } catch (error) {
        const { stderr, message } = error as { stderr?: string; message: string };
        const reason = stderr?.trim().split("\n").at(-1) || message;
        throw new ProgramError(l10n.t("The Python environment of Parallel Refactor cannot be made: {0}", reason));
      }
    });
  }
}

/** Ask whether to make the environment; who does not want it is told what was wrong without it. */
async function agree(wrong: unknown, interpreter: string): Promise<void> {
  await run(interpreter, ["-c", "import sys; sys.exit(sys.version_info < (3, 11))"]).catch(() => {
    throw wrong;
  });
  const make = l10n.t("Make It");
  const question = l10n.t(
    "Parallel Refactor needs a Python environment with its packages, about {0} MB. Make one of its own? Nothing else on this machine changes.",
    size,
  );
  if ((await window.showInformationMessage(question, make, l10n.t("Not Now"))) !== make) {
    throw wrong;
  }
}
