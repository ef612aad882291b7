import type { ContactId, InvitePreview, InvitesService, InviteView } from '@enk/context';
import { Store } from './store.ts';
import type { WorkerConnection } from './worker-connection.ts';

/** InvitesService over the worker. */
export class WorkerInvitesService extends Store<readonly InviteView[]> implements InvitesService {
  readonly #worker: WorkerConnection;

  constructor(worker: WorkerConnection) {
    super([]);
    this.#worker = worker;
    worker.listen(event => {
      if (event.type === 'invites') this.replace(event.invites);
    });
  }

  async load(): Promise<void> {
    this.replace(await this.#worker.request('listInvites'));
  }

  create(options: { readonly lifetimeMs: number }): Promise<InviteView> {
    return this.#worker.request('createInvite', options);
  }

  revoke(id: string): Promise<void> {
    return this.#worker.request('revokeInvite', { id });
  }

  preview(token: string): Promise<InvitePreview> {
    return this.#worker.request('previewInvite', { token });
  }

  accept(invite: { readonly token: string; readonly name: string }): Promise<ContactId> {
    return this.#worker.request('acceptInvite', invite);
  }
}
