/** What rows and dialogs of the vault ask of `<enk-files>`. */
import type { Place } from './vault-place.ts';

/** A file or a folder in a list. */
export interface VaultItem {
  readonly id: string;
  readonly name: string;
  readonly isFolder: boolean;
}

/** The person wants it gone: whoever lists it gives them time to change their mind. */
export class EnkFileDeleteRequestEvent extends Event {
  static readonly type = 'enk-file-delete-request';
  constructor(readonly item: VaultItem) {
    super(EnkFileDeleteRequestEvent.type, { bubbles: true });
  }
}

/** The person wants it elsewhere: whoever lists it asks where. */
export class EnkFileMoveRequestEvent extends Event {
  static readonly type = 'enk-file-move-request';
  constructor(readonly item: VaultItem) {
    super(EnkFileMoveRequestEvent.type, { bubbles: true });
  }
}

/** The person chose it, or not any more; `isRange`: with everything from the last one on. */
export class EnkFileSelectEvent extends Event {
  static readonly type = 'enk-file-select';
  constructor(
    readonly item: VaultItem,
    readonly isRange: boolean,
  ) {
    super(EnkFileSelectEvent.type, { bubbles: true });
  }
}

/** The person goes there. */
export class EnkPlaceRequestEvent extends Event {
  static readonly type = 'enk-place-request';
  constructor(readonly place: Place) {
    super(EnkPlaceRequestEvent.type, { bubbles: true });
  }
}

/** The person says where: into this folder, null: to the top. */
export class EnkMoveChosenEvent extends Event {
  static readonly type = 'enk-move-chosen';
  constructor(readonly to: string | null) {
    super(EnkMoveChosenEvent.type, { bubbles: true });
  }
}
