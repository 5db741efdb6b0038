/**
 * A workspace of its own for a test: a copy of the sample package, and what its files are.
 */

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";

const SAMPLE = join(import.meta.dirname, "..", "samples", "bookshop");

export class Stage {
  /** The folder of all that belongs to this test. */
  readonly place: string;
  /** The workspace. */
  readonly root: string;

  private constructor(place: string, root: string) {
    this.place = place;
    this.root = root;
  }

  /** Set up a copy of the sample package. */
  static async make(): Promise<Stage> {
    const place = await realpath(await mkdtemp(join(tmpdir(), "parallel-refactor-e2e-")));
    const root = join(place, "bookshop");
    await cp(SAMPLE, root, { recursive: true });
    const stage = new Stage(place, root);
    await stage.git("init", "--quiet", "--initial-branch=main");
    await stage.git("config", "user.name", "Kim");
    await stage.git("config", "user.email", "kim@example.org");
    await stage.git("add", ".");
    await stage.git("commit", "--quiet", "--message=Begin");
    return stage;
  }

  /** Call git in the workspace, and give what it says. */
  async git(...args: string[]): Promise<string> {
    return (await promisify(execFile)("git", args, { cwd: this.root })).stdout;
  }

  /** Give the digest of every file but those of the board, by path. */
  async digests(): Promise<Record<string, string>> {
    const found: Record<string, string> = {};
    for (const entry of await readdir(this.root, { recursive: true, withFileTypes: true })) {
      const path = relative(this.root, join(entry.parentPath, entry.name));
      if (entry.isFile() && !/^\.(task_board|git)\//.test(path)) {
        found[path] = createHash("sha256")
          .update(await this.read(path))
          .digest("hex");
      }
    }
    return found;
  }

  /** Find the files that have some text in them, those of the board, of VS Code and its logs among them. */
  async filesWith(text: string): Promise<string[]> {
    const found = await promisify(execFile)("grep", ["-rlaF", text, this.place]).catch(() => ({ stdout: "" }));
    return found.stdout.split("\n").filter(Boolean);
  }

  read(path: string): Promise<Buffer> {
    return readFile(join(this.root, path));
  }

  async write(path: string, text: string): Promise<void> {
    await mkdir(dirname(join(this.root, path)), { recursive: true });
    await writeFile(join(this.root, path), text);
  }

  remove(): Promise<void> {
    return rm(this.place, { recursive: true, force: true });
  }
}
