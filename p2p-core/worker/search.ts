/** The page's search: what the index finds, as views of the open conversations. */
import { P2pError } from '../errors.ts';
import { MAX_PAGE_MESSAGES, MAX_SEARCH_CHARS } from '../limits.ts';
import type { Cursor } from '../search/candidates.ts';
import type { SearchHitView, SearchPage } from './api.ts';
import type { EnkParams } from './messages.ts';
import type { OpenProfile } from './open-profile.ts';

/** Throws P2pError `bad-request` for a limit out of range, `unknown-contact`. */
export async function searchMessages(
  { search, manager, book }: OpenProfile,
  { query, contactId, limit, before }: EnkParams<'search'>,
): Promise<SearchPage> {
  if (limit < 1 || limit > MAX_PAGE_MESSAGES) throw new P2pError('bad-request');
  if (contactId !== undefined) book.get(contactId);
  const found = await search.search({
    query: query.slice(0, MAX_SEARCH_CHARS),
    contactId,
    limit,
    before: before === undefined ? undefined : toCursor(before),
  });
  const hits = found.hits.flatMap(({ contactId: id, message, ranges }): SearchHitView[] => {
    const conversation = manager.find(id)?.conversation; // removed while we looked, or not to be seen any more
    return conversation?.isShown(message) !== true ? [] : [{ message: conversation.view(message), ranges }];
  });
  return { hits, next: found.next === null ? null : `${found.next.timeS}.${found.next.doc}` };
}

function toCursor(text: string): Cursor {
  const [timeS = 0, doc = 0] = text.split('.').map(Number);
  return { timeS, doc };
}
