/**
 * The language server's life in this window: started when it is first needed, one at a time, started again on wish.
 */

import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { type Disposable, EventEmitter, type LogOutputChannel, type SecretStorage } from "vscode";
import { ExecuteCommandRequest, LanguageClient } from "vscode-languageclient/node";
import { tell } from "./commands";
import type { Environment } from "./environment";
import { keyVariable, type Program } from "./program";
import type { ProgressNews } from "./progress";

export class Server implements Disposable {
  private running: Promise<LanguageClient> | undefined;
  private readonly made = new EventEmitter<LanguageClient>();
  private readonly progressed = new EventEmitter<ProgressNews>();

  /** A client was made and will be started: the time to say what it should listen to. */
  readonly onDidMakeClient = this.made.event;

  /** The server tells how far something is. */
  readonly onDidProgress = this.progressed.event;

  private readonly following: Disposable;

  constructor(
    private readonly log: LogOutputChannel,
    private readonly secrets: SecretStorage,
    private readonly environment: Environment,
  ) {
    this.following = secrets.onDidChange(({ key }) => {
      if (key === keyVariable && this.running) {
        void this.restart().catch(tell);
      }
    });
  }

  /** Start the server unless it runs; rejects with a message for the person. */
  async start(): Promise<void> {
    this.running ??= this.launch();
    try {
      await this.running;
    } catch (error) {
      this.running = undefined;
      throw error;
    }
  }

  /** Stop the server and start it as the settings are now. Runs go on meanwhile. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Have the server carry out one of its commands; rejects with a message for the person. */
  async execute<Answer>(command: string, ...args: unknown[]): Promise<Answer> {
    const client = await this.ready();
    return (await client.sendRequest(ExecuteCommandRequest.type, { command, arguments: args })) as Answer;
  }

  dispose(): Promise<void> {
    this.following.dispose();
    this.made.dispose();
    this.progressed.dispose();
    return this.stop();
  }

  private async ready(): Promise<LanguageClient> {
    await this.start();
    if (!this.running) {
      throw new Error("The server of Parallel Refactor is being stopped.");
    }
    return this.running;
  }

  private async stop(): Promise<void> {
    const running = await this.running?.catch(() => undefined);
    this.running = undefined;
    await running?.dispose();
  }

  private async launch(): Promise<LanguageClient> {
    const program = await this.environment.program();
    this.log.info(`${program.version}, as ${[program.command, ...program.args].join(" ")}`);
    const client = this.makeClient(program, await this.secrets.get(keyVariable));
    this.made.fire(client);
    await client.start();
    return client;
  }

  private makeClient(program: Program, key: string | undefined): LanguageClient {
    const client = new LanguageClient(
      "parallelRefactor",
      "Parallel Refactor",
      {
        command: program.command,
        args: [...program.args, "lsp"],
        ...(key && { options: { env: { ...process.env, [keyVariable]: key } } }),
      },
      {
        documentSelector: [{ scheme: "file" }],
        outputChannel: this.log,
        initializationFailedHandler: () => false, // who wanted the server started says what went wrong
        stdioOptions: { stdout: forward, stderr: forward },
        middleware: {
          executeCommand: (command, args: unknown[]) => this.execute(command, ...args).catch(tell),
          handleWorkDoneProgress: (token, params) => this.progressed.fire({ client, token, params }),
        },
      },
    );
    return client;
  }
}

/** Put the server's log lines into the output channel, each at its level. */
function forward(input: Readable, channel: LogOutputChannel): void {
  createInterface({ input }).on("line", (line) => {
    const [, level = "INFO", text = line] = /^\S+ \S+ (\w+) (.*)$/.exec(line) ?? [];
    if (level === "ERROR") {
      channel.error(text);
    } else if (level === "WARNING") {
      channel.warn(text);
    } else {
      channel.info(text);
    }
  });
}
