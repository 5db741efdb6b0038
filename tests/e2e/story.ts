/**
 * A story: one person, one workspace, one VS Code, and steps that build on each other.
 */

import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { CodeServer } from "./code_server.ts";
import { Stage } from "./stage.ts";
import { Workbench } from "./workbench.ts";

const ALBUMS = join(import.meta.dirname, "..", "..", "build", "e2e");

/** What there is on the stage. */
export interface Scene {
  stage: Stage;
  server: CodeServer;
  vscode: Workbench;
}

export class Story {
  private readonly scene: Partial<Scene> = {};
  private failed = false;

  /** Tell a story with these settings; its pictures go to a folder of its name. `prepare`: before VS Code opens. */
  constructor(name: string, settings: object, prepare: (stage: Stage) => Promise<void> = () => Promise.resolve()) {
    const album = join(ALBUMS, name);
    before(async () => {
      await rm(album, { recursive: true, force: true });
      await mkdir(album, { recursive: true });
      const stage = (this.scene.stage = await Stage.make());
      await prepare(stage);
      const server = await CodeServer.start(stage.place, stage.root, settings, join(album, "code-server.log"));
      this.scene.server = server;
      this.scene.vscode = await Workbench.open(server.url, album);
    });
    after(async () => {
      await this.scene.vscode?.close();
      await this.scene.server?.stop();
      await this.scene.stage?.remove();
    });
    afterEach(async (context) => {
      if (this.failed) {
        await this.scene.vscode?.picture(`failed-${context.name.replaceAll(/\W+/g, "-")}`);
      }
    });
  }

  /** After a step that failed the others cannot be tried. */
  step(name: string, work: (scene: Scene) => Promise<void>): void {
    test(name, async (context) => {
      if (this.failed) {
        context.skip("an earlier step failed");
        return;
      }
      this.failed = true;
      await work(this.scene as Scene);
      this.failed = false;
    });
  }
}
