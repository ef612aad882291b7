import { createContext } from '@lit/context';
import type { Observable } from './observable.ts';
import type { ContactId, InvitePreview, InviteView } from './views.ts';

/** Links that bring people here, and links that bring us to people. The snapshot lists our own, newest first. */
export interface InvitesService extends Observable<readonly InviteView[]> {
  create(options: { readonly lifetimeMs: number }): Promise<InviteView>;
  revoke(id: string): Promise<void>;
  /** Reads a token without using it. */
  preview(token: string): Promise<InvitePreview>;
  accept(invite: { readonly token: string; readonly name: string }): Promise<ContactId>;
}

export const invitesServiceContext = createContext<InvitesService>(Symbol.for('enk.invites-service.v1'));
