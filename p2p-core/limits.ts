/**
 * Every limit of p2p-core: unit in the name, then the reason, the source, and what would make it wrong.
 * Nothing here is negotiated; SPEC.md's P2P-LIM rules name these constants.
 */

const KIB = 1024;
const MIB = 1024 * KIB;
const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

// ---------------------------------------------------------------- wire

/** Whitepaper P8. Refused before parsing. Wrong when one PDU must carry more than a chat line or a chunk. */
export const MAX_PDU_BYTES = 16 * MIB;
/**
 * One data-channel message. Chromium and Firefox both offer 256 KiB; a larger message closes the channel. Equals
 * the largest sealed frame that a sender of this version can make.
 */
export const MAX_FRAME_BYTES = 256 * KIB;
/** Issue 2: a chat message is at most 64 KiB of UTF-8; with JSON escapes it still fits one frame. */
export const MAX_MESSAGE_TEXT_BYTES = 64 * KIB;
/** A message as a PDU: JSON escapes of rare control characters included, it must fit one sealed frame (CC-PAD). */
export const MAX_MESSAGE_PDU_BYTES = 192 * KIB;
/** A name is one line on a screen; 64 code points fit every script without a layout that breaks. */
export const MAX_NAME_CODE_POINTS = 64;
/** Incarnations of one author that a cursors PDU lists; each is a restored copy, so a handful in a life. */
export const MAX_CURSORS_PER_PDU = 64;

// ---------------------------------------------------------------- large PDUs, in chunks

/**
 * Bytes of a PDU in one chunk. A PDU above this travels in chunks, so that nothing more urgent waits behind more than
 * one such frame: 16 KiB take 0.13 s at 1 Mbit/s. Wrong when the price of a frame outweighs 16 KiB of bytes.
 */
export const CHUNK_BYTES = 16 * KIB;
/** Whitepaper P8: chunks of one PDU. 16 MiB in chunks of 16 KiB are 1,024: room for smaller chunks in a later version. */
export const MAX_CHUNKS_PER_PDU = 4_096;
/** Whitepaper P8: large PDUs of one peer that are announced and not complete. */
export const MAX_REASSEMBLIES_PER_PEER = 64;
/** DESIGN.md §6: memory for all reassemblies of all peers. A worker on a phone has some hundred MiB. */
export const MAX_REASSEMBLY_BYTES = 64 * MIB;
/** One peer's share of it: its largest PDU, so that no contact alone keeps the others waiting. */
export const MAX_REASSEMBLY_BYTES_PER_PEER = MAX_PDU_BYTES;
/** Share of MAX_REASSEMBLY_BYTES that only messages may use: 64 contacts at once, however many files come in. */
export const MESSAGE_REASSEMBLY_RESERVE_BYTES = 16 * MIB;
/** Whitepaper P8: a reassembly without progress for so long ends the session. */
export const REASSEMBLY_TIMEOUT_MS = 120 * SECOND_MS;
/** What counts as progress: 1 MiB in 120 s are 70 kbit/s. Whoever trickles chunks holds memory no longer than that. */
export const REASSEMBLY_PROGRESS_BYTES = 1 * MIB;
/**
 * Chunks wait while the channel holds more than its path carries in this time: what is in its queue cannot be overtaken.
 * Long enough for a report of the queue to come and the next chunks to be sealed on a busy machine, short for a chat line.
 */
export const CHUNK_BUFFER_MS = 60;
/** What a channel may hold all the same, on the slowest path: a chat line waits 2 s at 1 Mbit/s at most. */
export const CHUNK_BUFFER_HIGH_WATER_BYTES = 256 * KIB;
/** And on the fastest: 60 ms at 35 MB/s, more than a browser's channel carries. */
export const MAX_CHUNK_BUFFER_BYTES = 2 * MIB;
/**
 * Chunks of large PDUs (not of messages: they have the window below) that left and were not reported as opened. With
 * a window of messages they stay below MAX_OPEN_QUEUE_FRAMES: a slow receiver slows its sender, and is not flooded.
 */
export const MAX_CHUNKS_IN_FLIGHT = 64;
/** A receiver reports so many chunks at once: a quarter of the window, so that it never runs dry on a short path. */
export const MAX_UNREPORTED_CHUNKS = 16;

// ---------------------------------------------------------------- delivery

/** DESIGN.md §6. Frames that may be unacknowledged in one Ready session. */
export const MAX_IN_FLIGHT_FRAMES = 64;
/** DESIGN.md §6. Plaintext bytes that may be unacknowledged in one Ready session. */
export const MAX_IN_FLIGHT_BYTES = 1 * MIB;
/** Whitepaper P8: `bufferedAmount` high-water; above it nothing more is sealed. */
export const SEND_BUFFER_HIGH_WATER_BYTES = 8 * MIB;
/** Messages that may wait for one absent contact: weeks of talk (100 a day for 3 months), bounded on disk. */
export const MAX_OUTBOX_MESSAGES_PER_CONTACT = 10_000;
/** Largest sequence number: exact in a double, never reached by a person. */
export const MAX_SEQ = Number.MAX_SAFE_INTEGER - 1;
/** listMessages: one page; 200 messages are over ten screens. */
export const MAX_PAGE_MESSAGES = 200;

// ---------------------------------------------------------------- retention

/** Shortest timer: less than a person needs to read a line would be a trick, not a wish. */
export const MIN_TIMER_MS = 5 * SECOND_MS;
/** Longest: who wants more than a year wants an archive. */
export const MAX_TIMER_MS = 365 * DAY_MS;
/** How far a peer's change may be ahead of ours. Years of changes; nobody gets to the end of the numbers with such steps. */
export const MAX_TIMER_STEPS = 1_048_576;
/** "Delete for me" can be taken back for so long: a person reads the line and reaches for the button. */
export const UNDO_DELETE_MS = 8 * SECOND_MS;
/** Messages that one message-delete names. */
export const MAX_DELETIONS_PER_PDU = 64;
/** Messages that a page may delete at once; also what a sweep deletes in one unit of work. */
export const MAX_DELETED_MESSAGES = 200;
/** Deletions that may wait for one absent contact: as many as messages. */
export const MAX_DELETIONS_PER_CONTACT = 10_000;
/** While something is to vanish the clock is looked at this often, also when its hand jumps. */
export const RETENTION_CHECK_MS = MINUTE_MS;
/** A longer step of the clock is no time that went by here: the device slept, or its clock was set. */
export const RETENTION_MAX_STEP_MS = 2 * MINUTE_MS;

// ---------------------------------------------------------------- handshakes and strangers

/** DESIGN.md §4: handshakes that may run at once. */
export const MAX_HANDSHAKES = 16;
/** DESIGN.md §4: whole handshake, from open channel to both finishes. Three round trips at 5 s each leave half. */
export const HANDSHAKE_TIMEOUT_MS = 30 * SECOND_MS;
/** DESIGN.md §4: unknown dialers that may wait for the person at once. */
export const MAX_CONSENT_REQUESTS = 4;
/** DESIGN.md §4: how long a person may take to decide. */
export const CONSENT_TIMEOUT_MS = 300 * SECOND_MS;
/** Handshake messages a peer may send before the code asked for them: a flight is at most four PDUs. */
export const MAX_HANDSHAKE_QUEUE_FRAMES = 16;
/** Bytes that may wait in that queue: 16 hello-sized PDUs and the Welcome with its tree (about 10 KiB). */
export const MAX_HANDSHAKE_QUEUE_BYTES = 64 * KIB;
/** Frames that may wait for the ratchet of a Ready session: two windows of the sender. */
export const MAX_OPEN_QUEUE_FRAMES = 256;
/** Bytes that may wait there; above, the link closes: a peer that floods is cut off. */
export const MAX_OPEN_QUEUE_BYTES = 8 * MIB;
/**
 * Handshakes of addresses that are no contact's, beside those that wait for a person: half of MAX_HANDSHAKES, so that
 * strangers with any number of addresses leave contacts a place.
 */
export const MAX_STRANGER_HANDSHAKES = 8;
/** Links of all kinds that may be open at once; each costs the page an RTCPeerConnection (Chromium caps 500). */
export const MAX_LINKS = 256;

// ---------------------------------------------------------------- token buckets (per peer)

export interface TokenBucketLimit {
  readonly capacity: number;
  readonly refillPerSecond: number;
}

/**
 * Application PDUs of one Ready session, and control frames of the cascade. The cascade itself opens a few hundred
 * frames a second, so this only catches a peer on a machine where it is far faster; a burst of a whole
 * resynchronisation passes.
 */
export const PDU_BUCKET: TokenBucketLimit = { capacity: 4_000, refillPerSecond: 1_000 };
/** Typing, receipts, profile updates: a person makes a few a second. Excess is dropped, not an error. */
export const SIGNAL_PDU_BUCKET: TokenBucketLimit = { capacity: 60, refillPerSecond: 5 };
/** Dropped ones of one session: no person makes so many, and each still had to be opened. Then the link closes. */
export const MAX_DROPPED_SIGNALS_PER_SESSION = 512;
/** Handshakes per remote address: glare and two reloads in a row pass; a loop does not. */
export const HANDSHAKE_BUCKET: TokenBucketLimit = { capacity: 12, refillPerSecond: 0.5 };
/**
 * Sessions of one contact that may end by its fault: a bug gets a few tries, a loop of garbage and reconnects ends
 * after five handshakes, and costs one in ten minutes from then on.
 */
export const STRIKE_BUCKET: TokenBucketLimit = { capacity: 5, refillPerSecond: 1 / 600 };
/** Addresses whose handshake bucket is remembered; the oldest goes first. */
export const MAX_TRACKED_ADDRESSES = 1_024;
/** protocol-error answers per session: after these the link closes. */
export const MAX_UNKNOWN_TYPES_PER_SESSION = 32;

// ---------------------------------------------------------------- dialling

/** First wait after a failed dial. Below a person's patience, above a broker round trip. */
export const REDIAL_BASE_MS = 500;
/** Longest wait. A contact that comes online dials us itself, so this only covers lost wake-ups. */
export const REDIAL_MAX_MS = 30 * SECOND_MS;
/** Share of the wait that is random, so that two sides or a whole broker's peers do not march in step. */
export const REDIAL_JITTER = 0.5;
/** Dials that may be unanswered at once: 100 contacts at start-up must not make 100 RTCPeerConnections. */
export const MAX_CONCURRENT_DIALS = 8;
/** Offer → open channel. ICE with relays needs up to 15 s on bad networks. */
export const DIAL_TIMEOUT_MS = 45 * SECOND_MS;
/** DESIGN.md §5: after this many immediate failures in a row dialling stops; a poison message must not loop. */
export const MAX_IMMEDIATE_FAILURES = 2;
/** A session that dies sooner than this after Ready by the peer's fault counts as an immediate failure. */
export const IMMEDIATE_FAILURE_MS = 10 * SECOND_MS;
/** Without a path for this long a new connection is dialled beside the session: the peer may not know it any more. */
export const PATH_LOST_REDIAL_MS = 10 * SECOND_MS;
/**
 * A peer on a path that works, which has got everything and acknowledges nothing for this long, is left for a new
 * session, where all of it goes again. A commit takes milliseconds, on a device that swaps seconds. Wrong when a device
 * needs a minute to store a message.
 */
export const ACK_TIMEOUT_MS = MINUTE_MS;
/**
 * What was stored is acknowledged together with what is stored right behind it: an acknowledgement costs both sides as
 * much as a message. Below what a person sees; above what an answer takes, which an acknowledgement would hold up.
 */
export const ACK_GATHER_MS = 10;
/** So many are acknowledged at once: half a window, so that the sender never waits for the rest of the time. */
export const MAX_UNACKNOWLEDGED_MESSAGES = MAX_IN_FLIGHT_FRAMES / 2;
/** Session without a path for this long is closed and dialled anew. Five ICE restarts came to nothing by then. */
export const PATH_LOST_TIMEOUT_MS = 30 * SECOND_MS;
/** Glare: overlapping Ready sessions converge by rule within this time; afterwards the newer displaces. */
export const GLARE_WINDOW_MS = 10 * SECOND_MS;
/** Typing vanishes when the peer goes silent: three times the sender's own refresh. */
export const TYPING_EXPIRY_MS = 9 * SECOND_MS;

// ---------------------------------------------------------------- contacts, invites

/** Dial scheduling and the contact list are linear in contacts. */
export const MAX_CONTACTS = 2_000;
/** An invite that is used the next day still works; a link found in an old mail does not. */
export const INVITE_DEFAULT_LIFETIME_MS = 7 * DAY_MS;
/** Longest life that may be asked for: a link that lies about for longer is found by somebody else. */
export const INVITE_MAX_LIFETIME_MS = 30 * DAY_MS;
/** Shortest: below it nobody has time to open the link. */
export const INVITE_MIN_LIFETIME_MS = 1 * MINUTE_MS;
/** Open invites at once: each is one more PSK to look up by id. */
export const MAX_OPEN_INVITES = 100;
/** A tab that owns a profile answers another one in a few ms; a page that waits longer is told so. A page under load needs up to 0.3 s. */
export const TAB_ANSWER_MS = SECOND_MS / 2;
/** Used and expired invites are kept this long, so that a retry or a reuse can be told apart. */
export const INVITE_KEEP_MS = 60 * DAY_MS;

// ---------------------------------------------------------------- storage

/** Largest sealed record: one message with escapes and record overhead. Refused before decryption. */
export const MAX_RECORD_BYTES = 1 * MIB;
/** Version of database layout and record encodings (P2P-STO-05). 1: device-bound keys; 2: a DEK with wraps; 3: transfers. */
export const STORAGE_SCHEMA_VERSION = 3;
/** Records that one step of a migration seals anew: a transaction of some 100 KiB, and so much to repeat after a crash. */
export const MIGRATION_BATCH_RECORDS = 200;

// ---------------------------------------------------------------- unlocking

/** Ways to open one vault: one passcode, password, recovery key and device key, and a passkey a device and two spare. */
export const MAX_UNLOCK_METHODS = 12;
/** Wrong tries without a wait: a person mistypes. */
export const UNLOCK_FREE_TRIES = 3;
/** The wait after the try that follows; doubles with each further one. */
export const UNLOCK_BACKOFF_BASE_MS = 5 * SECOND_MS;
/** Longest wait: at four tries an hour, a passcode of six digits lasts for years at this screen. */
export const UNLOCK_BACKOFF_MAX_MS = 15 * MINUTE_MS;
/** Six digits: below it guessing at the screen gets likely, and a copied store costs minutes (Argon2id at 3 a second). */
export const PASSCODE_MIN_CHARACTERS = 6;
/** NIST SP 800-63B asks for 8 with a rate limit; a copied store has none. */
export const PASSWORD_MIN_CHARACTERS = 10;
/** The clock is looked at this often while a vault is open: a gap is a machine that slept. */
export const SLEEP_CHECK_MS = 15 * SECOND_MS;
/** A gap above this counts as sleep: timers of background pages come once a minute, in Chromium. */
export const SLEEP_GAP_MS = 120 * SECOND_MS;
/** Auto-lock after so long without a touch; what a person gets who sets a passcode and looks at no setting. */
export const AUTO_LOCK_DEFAULT_MS = 15 * MINUTE_MS;

/** Longest delay of the auto-lock: timers of browsers end at 24.8 days, and nobody means more than one. */
export const MAX_LOCK_DELAY_MS = 1 * DAY_MS;
/**
 * One sealed chunk of a file: the least that is read for a byte in its middle (0.2 ms), and large enough that calls of
 * storage and cipher cost little beside it. A whole one lies in OPFS, the rest of a file in IndexedDB.
 */
export const FILE_CHUNK_BYTES = 256 * KIB;
/** Chunks under way between storage and cipher, so that neither waits for the other. Memory: twice as many chunks. */
export const FILE_CHUNKS_AT_ONCE = 4;
/**
 * The vault's journal: about 700 units of work of one message each between two flushes of the database. Wrong when
 * reading it at a start takes longer than opening the database does.
 */
export const JOURNAL_BYTES = 1 * MIB;
/** Transactions that follow their units' entries: memory, and what a read has to wait for. */
export const MAX_TRANSACTIONS_UNDER_WAY = 8;
/** Units that follow in one transaction: more would make a read wait longer than a message takes. */
export const MAX_UNITS_GATHERED = 16;
/**
 * How long the first of them waits for others: beyond the answer that a message brings about, so that its transaction
 * takes no time from that. Nothing but a read waits for it, which begins it.
 */
export const UNIT_GATHER_MS = 20;
/** How long a tab that takes over waits for the journal of one that died. The browser lets go in a few ms. */
export const JOURNAL_HANDOVER_MS = 10 * SECOND_MS;
/** Times that a file may be continued: each has a key. A download that was resumed more often starts anew. */
export const MAX_FILE_RUNS = 1_024;
/** Largest file: 2^32 chunks would be more than a browser lends; 1 TiB is more than it has. */
export const MAX_FILE_BYTES = 1024 * 1024 * MIB;
/** Room that writing a file leaves for messages: some months of talk. */
export const STORAGE_RESERVE_BYTES = 16 * MIB;
/** While a file is written the browser is asked this often how much room is left. */
export const STORAGE_CHECK_BYTES = 64 * MIB;

// ---------------------------------------------------------------- transfers of files

/**
 * One chunk of a file on its way. The price of a frame of the cascade is some 0.3 ms beside its bytes: at 128 KiB it is
 * a fifth, at 32 KiB half. A chat line waits for one at most: 1 s at 1 Mbit/s. Two of them are one chunk at rest.
 */
export const FILE_TRANSFER_CHUNK_BYTES = 128 * KIB;
/** What a receiver takes as chunk size, beside powers of two above it: below, frames cost more than they carry. */
export const MIN_FILE_TRANSFER_CHUNK_BYTES = 16 * KIB;
/**
 * Bytes of one transfer that left and are not acknowledged as written: what a cut sends again at most. At 100 ms they
 * carry 40 MiB/s. Wrong when a path carries more in one round trip.
 */
export const FILE_WINDOW_BYTES = 4 * MIB;
/** The same for all transfers of a session together: with a window of messages it stays below MAX_OPEN_QUEUE_BYTES. */
export const FILE_SESSION_WINDOW_BYTES = 6 * MIB;
/** A receiver tells what it wrote this often: an eighth of the window, so that it never runs dry on a short path. */
export const FILE_ACK_BYTES = FILE_WINDOW_BYTES / 8;
/** Transfers of one session and direction that run at once; what a receiver has not yet written of each fits the window. */
export const MAX_RUNNING_TRANSFERS = 3;
/** Chunks that are read ahead of the cascade: one is sealed while the next ones come from the disk. */
export const FILE_READ_AHEAD_CHUNKS = 4;
/** Chunks of one file: CC-BLK's limit. With the largest chunk that is 2 TiB. */
export const MAX_TRANSFER_CHUNKS = 2 ** 24;
/** Offers of one contact that are not over: more than a person decides about, few enough to look at. */
export const MAX_OPEN_OFFERS_PER_CONTACT = 64;
/** Own offers that are told and not over: half of what the other side keeps; further ones wait here. */
export const MAX_TOLD_OFFERS = 32;
/** Own transfers to one contact that are not over. */
export const MAX_OPEN_TRANSFERS_PER_CONTACT = 1_024;
/** Transfers that are over and still listed, per contact; the oldest goes. */
export const MAX_ENDED_TRANSFERS_PER_CONTACT = 500;
/** Files of one folder: its table of contents is one record. Larger folders go as an archive. */
export const MAX_FILES_PER_FOLDER = 4_096;
/** An offer as a PDU, with the paths of a folder; it becomes a record (MAX_RECORD_BYTES). */
export const MAX_FILE_OFFER_BYTES = 768 * KIB;
/** A name as a peer claims it; what is longer is no name. It is shown, and kept, far shorter. */
export const MAX_CLAIMED_NAME_CHARS = 16 * KIB;
/** A line under a file. */
export const MAX_CAPTION_CHARS = 1 * KIB;
/** Parts of a path in a folder: file systems take some 30 of them in 4 KiB. */
export const MAX_PATH_PARTS = 32;
/** Folders of the vault: one record holds them all. */
export const MAX_VAULT_FOLDERS = 2_000;
/** Pixels of a picture that is decoded: some 256 MB in memory. What its header says is looked at first. */
export const MAX_IMAGE_PIXELS = 64_000_000;
/** Larger pictures are not read for a thumbnail. */
export const MAX_THUMBNAIL_SOURCE_BYTES = 25 * MIB;
/** A picture that takes longer to decode gets no thumbnail. */
export const THUMBNAIL_TIMEOUT_MS = 5 * SECOND_MS;
/** Progress of transfers is told this often: as fast as a person reads numbers. */
export const TRANSFER_PROGRESS_MS = SECOND_MS / 4;
/** Bytes of a stored file that one request reads. */
export const MAX_FILE_READ_BYTES = 4 * MIB;

// ---------------------------------------------------------------- search

/** What a person types; longer is a pasted text, of which the first words find as much. */
export const MAX_SEARCH_CHARS = 256;
/** Messages in memory before they become a segment: a restart reads so many again, at most (30 ms). */
export const SEARCH_FLUSH_MESSAGES = 512;
/** Segments of one level that become one of the next: a search looks into at most seven of each. */
export const SEARCH_MERGE_SEGMENTS = 8;
/** Messages read in one unit of work (5 ms), so that what a person writes does not wait behind more. */
export const SEARCH_MESSAGES_PER_STEP = 64;
/** Blocks written in one unit of work while segments are merged. */
export const SEARCH_BLOCKS_PER_STEP = 16;
/** A block of the index is about so large: sealed and opened in a fraction of a millisecond. */
export const SEARCH_BLOCK_BYTES = 32 * KIB;
/** Numbers of one term in one entry; a term that more messages have goes on in the next entry. */
export const SEARCH_NUMBERS_PER_ENTRY = 8_192;
/** Opened blocks kept in memory: 4 MiB. */
export const SEARCH_CACHED_BLOCKS = 128;

// ---------------------------------------------------------------- links (main thread)

/** In relay mode a dial waits so long for the broker's TURN credentials: a round trip, many times over. */
export const RELAY_ANSWER_TIMEOUT_MS = 5 * SECOND_MS;

/** One data-channel message as received: the largest frame of a sender plus room for a later header. */
export const MAX_RECEIVED_MESSAGE_BYTES = MAX_FRAME_BYTES + 64;
/** Received before link-open was told: a flight of the dialler that overtakes our own check of its certificate. */
export const MAX_EARLY_MESSAGES = 16;
/**
 * Further connections of one session. Four associations together are what published comparisons use; each has a
 * congestion window of its own, so at long round trips and under loss four carry nearly four times as much.
 */
export const MAX_STRIPES = 3;
/**
 * A channel that was never empty for STRIPE_AFTER_MS while chunks waited, and carried less than this a second, is the
 * limit itself: stripes are opened. Above, the processor is, and they would add work. Wrong below 10 ms of round trip
 * on a link that is slow by itself: there they gain nothing, and cost three idle connections.
 */
export const STRIPE_BELOW_BYTES = 6 * MIB;
/** Longer than a connection takes to find its rate, shorter than a person waits for a file that stands still. */
export const STRIPE_AFTER_MS = 1_500;
/** Stripes that carried nothing for this long are closed. */
export const STRIPE_IDLE_MS = 10 * SECOND_MS;
/** A stripe without a path for this long ends its session, which begins anew: the link alone can restart its ICE. */
export const STRIPE_LOST_MS = 5 * SECOND_MS;
/** Frames at least so long go by the freest stripe; shorter ones, a chat line or an acknowledgement, by the link. */
export const MIN_STRIPED_FRAME_BYTES = 16 * KIB;
/** Frames that may wait for one before them: all windows of the sender, and its acknowledgements. */
export const MAX_UNORDERED_FRAMES = 1_024;
/** A data-only description is about 600 B, with 20 candidates 3 KB; larger is not ours. */
export const MAX_SDP_CHARS = 16 * KIB;
/** One ICE candidate line is about 150 characters. */
export const MAX_CANDIDATE_CHARS = 1 * KIB;
/** Candidates of one peer: 8 interfaces × 2 families × 4 kinds. */
export const MAX_CANDIDATES_PER_LINK = 64;
/**
 * Links that others dialled and that are not open yet: each costs an RTCPeerConnection for nothing shown. Open ones
 * are the session layer's to bound (MAX_HANDSHAKES, MAX_LINKS): contacts that are online must not use these up.
 */
export const MAX_YOUNG_INBOUND_LINKS = 24;
/** The same for one remote address: glare and one reload. */
export const MAX_YOUNG_INBOUND_LINKS_PER_PEER = 3;
/** Offer → open channel at the transport. Relayed TCP on a bad network takes 10 s. */
export const LINK_OPEN_TIMEOUT_MS = 20 * SECOND_MS;
/** Signalling frames kept while the broker is away: one dial is an offer and about ten candidates. */
export const MAX_QUEUED_SIGNALS = 256;
/** A broker that accepted the socket but never says OPEN. */
export const REGISTER_TIMEOUT_MS = 10 * SECOND_MS;
/** First wait before the broker is asked again: a restart takes less. */
export const BROKER_RETRY_BASE_MS = 50;
/** Longest wait: how stale "online" may be after an outage. */
export const BROKER_RETRY_MAX_MS = 15 * SECOND_MS;

// ---------------------------------------------------------------- the path of a Ready session

/**
 * A session that heard nothing for so long asks whether the other is still there. Shorter than the bindings of NATs
 * (RFC 4787: 2 minutes, in practice 30 s); ICE's own checks keep those, but stop with neither a page that hangs.
 */
export const LIVENESS_IDLE_MS = 20 * SECOND_MS;
/** Without an answer for so long the path counts as lost: several retransmissions at 20 % loss and 300 ms delay. */
export const LIVENESS_PROBE_MS = 5 * SECOND_MS;
/** While the path is lost ICE is restarted this often: gathering, a broker round trip and checks take 1 to 3 s. */
export const ICE_RESTART_RETRY_MS = 5 * SECOND_MS;
/** No restart follows another sooner: wake-ups come in bursts, and both sides notice. */
export const ICE_RESTART_MIN_INTERVAL_MS = 1 * SECOND_MS;
/** A restart description waits so long for candidates, and takes those that are there: STUN and TURN answer in 1 s. */
export const RESTART_GATHERING_MS = 2 * SECOND_MS;
/** A sealed restart description is padded to a multiple of this: the broker does not learn how many candidates. */
export const SEALED_SIGNAL_BLOCK_BYTES = 2 * KIB;
/** A description of MAX_SDP_CHARS with JSON escapes, sealed. In base64url it fits the broker's 64 KiB frames. */
export const MAX_SEALED_SIGNAL_BYTES = 24 * KIB;
/** Sealed signals that may be tried on one link: anybody at the broker can forge them, at one AES-GCM each. */
export const SEALED_SIGNAL_BUCKET: TokenBucketLimit = { capacity: 20, refillPerSecond: 2 };

/** Errors that diagnostics keep of one contact, in memory: enough to see a pattern, few enough to read. */
export const MAX_LOGGED_ERRORS = 8;

/** A contact that was asked for its release has answered by then, over any path that is not lost. */
export const RELEASE_ANSWER_MS = 20 * SECOND_MS;
/** A version that people can read; as in a release's manifest. */
export const MAX_RELEASE_VERSION_CHARS = 64;

// ---------------------------------------------------------------- calls

/** A media description: four sections of two codecs are 5 KB, with 20 candidates 8 KB. */
export const MAX_CALL_SDP_CHARS = 32 * KIB;
/** A KeyPackage of the X-Wing suite is 3 KB, a Welcome or Commit of ten members 20 KB. All fit one sealed frame. */
export const MAX_CALL_MLS_BYTES = 96 * KIB;
/** Members of a call as a mesh: each sends its media to every other one (INFRA.md §4: up to 6 with video, 10 with audio). */
export const MAX_CALL_MEMBERS = 10;
/** With video so many send to every other one; more go by an SFU where the broker offers one. */
export const MAX_MESH_VIDEO_MEMBERS = 6;
/** One answer of an SFU: a description of four sections beside a list of ten members' tracks. */
export const MAX_SFU_MESSAGE_CHARS = 64 * KIB;
/** An SFU's address: a host, a port and a path. */
export const MAX_SFU_URL_CHARS = 256;
/** Each of its tokens: names, a time and a signature. */
export const MAX_SFU_TOKEN_CHARS = 256;
/** An SFU that does not answer a request in this time is tried anew. Answers take milliseconds. */
export const SFU_ANSWER_MS = 4 * SECOND_MS;
/** An SFU gives up a session after 60 s without a word. */
export const SFU_KEEPALIVE_MS = 20 * SECOND_MS;
/** Between two tries to come back to an SFU: it is up within a second of its restart. */
export const SFU_RETRY_BASE_MS = SECOND_MS / 8;
/** At most so long between two of them: a try costs one connection that is refused. */
export const SFU_RETRY_MAX_MS = SECOND_MS / 2;
/** An SFU that is away for so long is given up, and the call goes on as a mesh. */
export const SFU_PATIENCE_MS = 10 * SECOND_MS;
/** Signals of a mesh that another member returned to before us wait this long for our own return. */
export const MESH_SIGNAL_HOLD_MS = 10 * SECOND_MS;
/** A renewal of an SFU's tokens that came to nothing is tried again: 20 % of their life, 12 minutes of an hour, are left. */
export const SFU_RENEW_RETRY_MS = 30 * SECOND_MS;
/** The broker asks the SFU for the room before it answers. */
export const SFU_PLACE_TIMEOUT_MS = 5 * SECOND_MS;
/** How long a call rings: a person walks to the other room. */
export const CALL_RING_MS = 45 * SECOND_MS;
/** The callee's own end of ringing, a little later, should the caller's hang-up be lost. */
export const CALL_RING_GRACE_MS = 5 * SECOND_MS;
/** Accepted → media connected. ICE with relays takes up to 15 s on bad networks, and is then restarted once. */
export const CALL_SETUP_MS = 30 * SECOND_MS;
/** A member without a media path for so long has left. Several ICE restarts came to nothing by then. */
export const CALL_LOST_MS = 30 * SECOND_MS;
/** Chromium reports `disconnected` after 5 s without checks; often it comes back by itself within this time. */
export const CALL_ICE_RESTART_MS = 2 * SECOND_MS;
/** An ended call is shown for so long, unless the person closes it. */
export const CALL_ENDED_MS = 4 * SECOND_MS;
/** Call PDUs of one session: an ICE restart of a mesh is a burst of about 40, a person's reactions a few a second. */
export const CALL_PDU_BUCKET: TokenBucketLimit = { capacity: 240, refillPerSecond: 20 };
/** Call PDUs that wait for a contact's next session: descriptions and candidates of one negotiation. */
export const MAX_QUEUED_CALL_MESSAGES = 64;
/** MLS messages of a later epoch that wait for the Commits before them. */
export const MAX_EARLY_GROUP_MESSAGES = 32;
/** Rows of a camera that anybody shows: a wall of 8K. */
export const MAX_PICTURE_ROWS = 4_320;
/** Contacts whose missed calls are kept: of each the last one, and how many there were. */
export const MAX_MISSED_CALLS = 50;
/** Between two writes of missed calls: a contact that rings again and again costs the vault no more. */
export const MISSED_CALLS_WRITE_MS = 2 * SECOND_MS;
/** The page asks the media worker this often what it sealed: so late at most is a worker that died noticed. */
export const MEDIA_CHECK_MS = SECOND_MS / 2;
/** Looks in a row without a word from the media worker: it counts as dead. Looks, not time: a page that hung heard nobody. */
export const MAX_QUIET_MEDIA_CHECKS = 16;
/** What a sender may have put on the wire beyond what its transform sealed: packet headers, and a frame under way. */
export const MEDIA_UNSEALED_SLACK_BYTES = 16 * KIB;
