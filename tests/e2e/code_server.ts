/**
 * The real VS Code, as a server of its own with the extension installed; it ends with its whole process group.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { until } from "./until.ts";

const HERE = import.meta.dirname;
const ENTRY = join(HERE, "node_modules", "code-server", "out", "node", "entry.js");
const ROOT = join(HERE, "..", "..");

/** The program under test. */
const PYTHON = join(ROOT, ".venv", "bin", "python");

const SETTINGS = {
  "extensions.autoCheckUpdates": false,
  "remote.autoForwardPorts": false,
  "remote.restoreForwardedPorts": false,
  "telemetry.telemetryLevel": "off",
  "workbench.colorTheme": "Default Dark Modern",
  "workbench.reduceMotion": "on",
  "workbench.startupEditor": "none",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "chat.disableAIFeatures": true,
  "editor.minimap.enabled": false,
  "terminal.integrated.gpuAcceleration": "off",
  "explorer.autoReveal": false,
  "parallelRefactor.interpreter": PYTHON,
};

export class CodeServer {
  /** Where the workspace is served. */
  readonly url: string;
  private readonly place: string;
  private readonly process: ChildProcess;

  private constructor(url: string, place: string, process: ChildProcess) {
    this.url = url;
    this.place = place;
    this.process = process;
  }

  /** Serve a workspace in an empty VS Code, with the extension unless it is to be without. What it says goes to `log`. */
  static async start(
    place: string,
    workspace: string,
    settings: object,
    log: string,
    extended = true,
  ): Promise<CodeServer> {
    await configure(place, settings);
    const own = [
      "--user-data-dir",
      join(place, "data"),
      "--extensions-dir",
      join(place, "extensions"),
      "--config",
      join(place, "none"),
    ];
    const port = await freePort();
    if (extended) {
      const install = run([...own, "--install-extension", join(ROOT, "dist", "parallel-refactor.vsix")], place, log);
      const [code] = (await once(install, "exit")) as [number];
      if (code !== 0) {
        throw new Error(`The extension cannot be installed: see ${log}.`);
      }
    }
    const flags = ["--disable-telemetry", "--disable-update-check", "--disable-workspace-trust"];
    const where = [
      "--disable-getting-started-override",
      "--auth",
      "none",
      "--bind-addr",
      `127.0.0.1:${port}`,
      workspace,
    ];
    const server = new CodeServer(
      `http://127.0.0.1:${port}/?folder=${workspace}`,
      place,
      run([...own, ...flags, ...where], place, log),
    );
    const healthy = async () => (await fetch(`http://127.0.0.1:${port}/healthz`)).ok;
    await until("code-server answers", healthy).catch(async (error: unknown) => {
      await server.stop();
      throw error;
    });
    return server;
  }

  /** Change the settings while it runs. */
  configure(settings: object): Promise<void> {
    return configure(this.place, settings);
  }

  /** Kill the language server that it started, as a crash would. */
  async crashLanguageServer(): Promise<void> {
    const [found] = await this.processes((command) => command.endsWith("\0lsp\0"));
    if (found === undefined) {
      throw new Error("There is no language server.");
    }
    kill(found);
  }

  /** Give the commands of the processes that have some text in their environment or command line. */
  async processesWith(file: "environ" | "cmdline", text: string): Promise<string[]> {
    const found: string[] = [];
    for (const pid of await this.processes(() => true)) {
      const of = (name: string) => readFile(join("/proc", String(pid), name), "utf8").catch(() => "");
      if ((await of(file)).includes(text)) {
        found.push(await of("cmdline"));
      }
    }
    return found;
  }

  /** End it and all that it started, also runs, which are independent of it. */
  async stop(): Promise<void> {
    if (this.process.pid !== undefined && this.process.exitCode === null) {
      kill(-this.process.pid);
    }
    for (const pid of await this.processes(() => true)) {
      kill(pid);
    }
  }

  /** Find processes that it started, however they live now, by the home that they were given. */
  private async processes(isWanted: (command: string) => boolean): Promise<number[]> {
    const found: number[] = [];
    for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
      const of = (name: string) => readFile(join("/proc", pid, name), "utf8").catch(() => "");
      if ((await of("environ")).split("\0").includes(`HOME=${this.place}`) && isWanted(await of("cmdline"))) {
        found.push(Number(pid));
      }
    }
    return found;
  }
}

/** Kill a process, or its group by the negative id; one that has just ended is no error. */
function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") {
      throw error;
    }
  }
}

async function configure(place: string, settings: object): Promise<void> {
  const folder = join(place, "data", "Machine");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "settings.json"), JSON.stringify({ ...SETTINGS, ...settings }));
}

function run(args: string[], home: string, log: string): ChildProcess {
  const env = { ...process.env, HOME: home, XDG_DATA_HOME: home, XDG_CONFIG_HOME: home, EXTENSIONS_GALLERY: "{}" };
  const out = openSync(log, "a");
  try {
    return spawn(process.execPath, [ENTRY, ...args], { env, detached: true, stdio: ["ignore", out, out] });
  } finally {
    closeSync(out);
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  return typeof address === "object" && address ? address.port : 0;
}
