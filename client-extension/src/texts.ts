/**
 * Texts that lie on the board, before and after a change, as files that one can look at and not write.
 */

import {
  Disposable,
  EventEmitter,
  type FileChangeEvent,
  FileSystemError,
  type FileSystemProvider,
  type FileStat,
  FileType,
  Uri,
  workspace,
} from "vscode";

const scheme = "parallel-refactor";

export function provideTexts(): Disposable {
  return workspace.registerFileSystemProvider(scheme, new Texts(), { isReadonly: true, isCaseSensitive: true });
}

/** Name a text of a file by where it lies. */
export function textOf(file: { uri: string }, place: string): Uri {
  return Uri.parse(file.uri).with({ scheme, query: place });
}

/** Give a workspace's file, if there is one. */
export async function present(file: { uri: string }): Promise<Uri | undefined> {
  const uri = Uri.parse(file.uri);
  return workspace.fs.stat(uri).then(
    () => uri,
    () => undefined,
  );
}

/** VS Code decodes them as it does all others. */
class Texts implements FileSystemProvider {
  private readonly changed = new EventEmitter<FileChangeEvent[]>();
  readonly onDidChangeFile = this.changed.event;

  async stat(uri: Uri): Promise<FileStat> {
    const found = await workspace.fs.stat(Uri.parse(uri.query));
    return { ...found, type: FileType.File };
  }

  readFile(uri: Uri): Thenable<Uint8Array> {
    return workspace.fs.readFile(Uri.parse(uri.query));
  }

  watch(): Disposable {
    return new Disposable(() => undefined);
  }

  readDirectory(): [string, FileType][] {
    return [];
  }

  createDirectory(uri: Uri): never {
    throw FileSystemError.NoPermissions(uri);
  }

  writeFile(uri: Uri): never {
    throw FileSystemError.NoPermissions(uri);
  }

  delete(uri: Uri): never {
    throw FileSystemError.NoPermissions(uri);
  }

  rename(uri: Uri): never {
    throw FileSystemError.NoPermissions(uri);
  }
}
