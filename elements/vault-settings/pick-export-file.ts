/** Where an export is written to. */

type SavePicker = (options: {
  readonly suggestedName: string;
  readonly types: readonly { readonly description: string; readonly accept: Record<string, string[]> }[];
}) => Promise<FileSystemFileHandle>;

/**
 * The file that the person picks; null where the browser has no picker (File System Access): then it is downloaded.
 * `cancelled`: the person does not want to.
 */
export async function pickExportFile(): Promise<FileSystemFileHandle | null | 'cancelled'> {
  const picker = (window as { showSaveFilePicker?: SavePicker }).showSaveFilePicker;
  if (picker === undefined) return null;
  try {
    return await picker.call(window, {
      suggestedName: `enkrypted-${new Date().toISOString().slice(0, 10)}.tar.age`,
      types: [{ description: 'age', accept: { 'application/octet-stream': ['.age'] } }],
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return 'cancelled';
    // Framed by another origin, or forbidden by a policy: downloads still work.
    if (error instanceof DOMException && error.name === 'SecurityError') return null;
    throw error;
  }
}
