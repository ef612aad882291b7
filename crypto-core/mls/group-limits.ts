/** Limits of MLS groups (SPEC.md CC-GRP). Each bounds what a member with valid keys can make us hold or do. */

/** Size of a group id. */
export const GROUP_ID_BYTES = 32;

/** Most members of a group: beyond it a Commit on a fresh tree costs seconds and megabytes. */
export const MAX_GROUP_MEMBERS = 128;

/** Nodes of a tree that holds the most members. */
export const MAX_TREE_NODES = 2 * MAX_GROUP_MEMBERS - 1;

/** Largest Proposal, Commit or application message: a Commit that adds 127 members is about 370 KB. */
export const MAX_GROUP_MESSAGE_BYTES = 524_288;

/** Largest application data of one message; leaves room for signature and headers. */
export const MAX_GROUP_PLAINTEXT_BYTES = 520_000;

/** Largest Welcome: its tree is about 345 KB at 128 members, each joiner adds 1.3 KB. */
export const MAX_GROUP_WELCOME_BYTES = 1_048_576;

/** Largest saved group: about 1 MB at 128 members, twice that with a pending Commit. */
export const MAX_GROUP_STATE_BYTES = 8_388_608;

/** Proposals kept until a Commit, in all and of one member. */
export const MAX_PENDING_PROPOSALS = 128;
export const MAX_PENDING_PROPOSALS_PER_MEMBER = 8;

/** Past epochs whose application messages still open. */
export const MAX_PAST_EPOCHS = 4;

/** Skipped generations kept per sender and epoch. */
export const MAX_SKIPPED_GENERATIONS = 256;

/** Farthest jump of a sender's generation in one message: two derivations a step, for a message of 170 bytes. */
export const MAX_GENERATION_JUMP = 256;

/** The first epoch that is refused: epochs count as integers of 53 bits, with 2^32 to spare. */
export const EPOCH_LIMIT = 2n ** 53n - 2n ** 32n;

/** A leaf is made valid for 90 days from now, and accepted with a span of at most 100 days. */
export const GROUP_LEAF_LIFETIME_S = 90 * 86_400;
export const MAX_GROUP_LEAF_SPAN_S = 100 * 86_400;
