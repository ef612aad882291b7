/** What somebody dropped: files, and folders with all that is in them, by the File and Directory Entries API. */

export type Dropped =
  | { readonly kind: 'file'; readonly file: File }
  | {
      readonly kind: 'folder';
      readonly name: string;
      readonly files: readonly { readonly path: string; readonly file: File }[];
    };

/** More than a vault takes as one folder: reading stops there, and the vault says so. */
const MAX_FILES = 5_000;

/** Call it while the event is handled: what was dropped cannot be had afterwards. */
export function droppedItems(transfer: DataTransfer): Promise<readonly Dropped[]> {
  const items = [...transfer.items].filter(({ kind }) => kind === 'file');
  const dropped = items.map(item => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  return Promise.all(dropped.map(({ entry, file }) => readDropped(entry, file))).then(found =>
    found.filter(item => item !== null),
  );
}

async function readDropped(entry: FileSystemEntry | null, file: File | null): Promise<Dropped | null> {
  if (entry?.isDirectory !== true) return file && { kind: 'file', file };
  const files: { path: string; file: File }[] = [];
  await readFolder(entry as FileSystemDirectoryEntry, '', files);
  return { kind: 'folder', name: entry.name, files };
}

async function readFolder(
  folder: FileSystemDirectoryEntry,
  prefix: string,
  into: { path: string; file: File }[],
): Promise<void> {
  const reader = folder.createReader();
  const next = (): Promise<FileSystemEntry[]> =>
    new Promise((resolve, reject) => reader.readEntries(resolve, reject));
  for (let entries = await next(); entries.length > 0; entries = await next()) {
    for (const entry of entries) {
      if (into.length >= MAX_FILES) return;
      const path = `${prefix}${entry.name}`;
      if (entry.isDirectory) await readFolder(entry as FileSystemDirectoryEntry, `${path}/`, into);
      else into.push({ path, file: await fileOf(entry as FileSystemFileEntry) });
    }
  }
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}
