/*
 * The terms of the handshake, symbolically (SPEC.md §7, §8).
 *
 * A fresh value is named by the session that made it: ephemeral key and nonce, DTLS certificate, ML-KEM key, MLS
 * leaf, prekeys. The attacker's own are all named E. So a hash is the tuple of what it covers, a key is the tuple of
 * what it is derived from, and "equal" and "known" are conditions over a few numbers, not sets of messages.
 */

/* Whose fresh value; 1 … 4 are honest sessions. Odd sessions are dialler's (A), even ones answerer's (B). */
#define E 0
#define SESSIONS 5
#define IS_A(i) ((i) % 2 == 1)

/* Identities, and at the same time addresses at the broker. Every certificate of the three is public. */
#define NOBODY 0
#define ALICE 1
#define BOB 2
#define EVE 3
#define SOMEBODY 4
#define OTHER(who) (3 - (who))

/*
 * Who runs which session. CROSS: 1 → 2 and 3 → 4 dial in opposite directions (glare, reflection).
 * TWICE: Alice dials Bob two times (replay between two connections of the same people, retries).
 */
#ifdef CROSS
#define OWNER(i) ((i) == 1 || (i) == 4 -> ALICE : BOB)
#else
#define OWNER(i) (IS_A(i) -> ALICE : BOB)
#endif

/* PSKs, the best first; 0 is kind 0. A set of PSKs is a mask. */
#define NO_PSK 0
#define PAIR 1
#define PREVIOUS 2
#define INVITE 3
#define BIT(psk) (1 << ((psk) - 1))
#define HAS(mask, psk) ((psk) != NO_PSK && ((mask) & BIT(psk)))
#define FIRST(mask) ((mask) & 1 -> PAIR : ((mask) & 2 -> PREVIOUS : ((mask) & 4 -> INVITE : NO_PSK)))

/* How far a session came: which of its flights it has sent (and so what may be replayed), or Ready. */
#define IDLE 0
#define HELLO 1
#define KEYS 2
#define IDENTITY 3
#define READY 4

typedef Session {
  byte sent;        /* A: HELLO (1), KEYS (3), IDENTITY (5), READY. B: HELLO (2), KEYS (4), READY (6). */
  byte fingerprint; /* the far DTLS certificate, as this side sees it */
  byte address;     /* the far broker id, as this side sees it */
  byte hello;       /* who made the peer's hello, to the byte, and the ephemeral key in it */
  byte psk;         /* the chosen one */
  bit consent;      /* B: the person let the dialler in */
  bit shortened;    /* the peer's hello names fewer layers */
  byte peer;        /* the identity in the peer's device */
  byte ek;          /* B: whose ML-KEM key flight 3 has */
  byte ctBy;        /* A: who encapsulated flight 4's ciphertext … */
  byte ctFor;       /* A: … and to whose key */
  byte keys;        /* A: who made the key package and the prekeys of flight 4 */
  byte welcome;     /* B: who made the Welcome and the first Signal message of flight 5 */
}
Session s[SESSIONS];

/* Stored by each person: PSKs, the contact's identity key. Stored by the inviter, Bob: who used the invite. */
byte psks[3];
byte contactKey[3];
byte inviteUsedBy;

/* ---- what the attacker knows -------------------------------------------------------------------------------- */

#ifdef KNOWS_PAIR
#define STOLEN BIT(PAIR)
#else
#ifdef KNOWS_PREVIOUS
#define STOLEN BIT(PREVIOUS)
#else
#ifdef KNOWS_INVITE
#define STOLEN BIT(INVITE)
#else
#define STOLEN 0
#endif
#endif
#endif
#define KNOWS_PSK(psk) ((psk) == NO_PSK || (STOLEN & BIT(psk)))

/* DH_BROKEN: X25519 of the ephemeral keys gives way, so hk falls with kind 0 and with a stolen PSK. */
#ifdef DH_BROKEN
#define KNOWS_DH(i) true
#else
#define KNOWS_DH(i) (s[i].hello == E)
#endif

/* S0 = Extract(psk, DH), and with it hk_A and hk_B: this end of the connection is open to the attacker. */
#define KNOWS_S0(i) (KNOWS_PSK(s[i].psk) && KNOWS_DH(i))

/* The three exports, each from its own exchange (CC-KS-03): known to who owns the far half. */
#define KNOWS_MLS(i) (IS_A(i) -> s[i].keys == E : s[i].welcome == E)
#define KNOWS_SIGNAL(i) (IS_A(i) -> s[i].keys == E : s[i].welcome == E)
#define KNOWS_KEM(i) (IS_A(i) -> s[i].ctFor == (i) && s[i].ctBy == E : s[i].ek == E)

#ifdef FAULT_FINISH_BEFORE_EXPORTS
#define KNOWS_M(i) KNOWS_S0(i)
#else
#define KNOWS_M(i) (KNOWS_S0(i) && KNOWS_MLS(i) && KNOWS_SIGNAL(i) && KNOWS_KEM(i))
#endif

/* ---- what two honest sessions have in common: a is A's, b is B's ---------------------------------------------- */

#define SAME_FINGERPRINTS(a, b) (s[a].fingerprint == (b) && s[b].fingerprint == (a))
#define SAME_ADDRESSES(a, b) (s[a].address == OWNER(b) && s[b].address == OWNER(a))

#ifdef FAULT_FINGERPRINT_OUTSIDE
#define P_HAS_FINGERPRINTS(a, b) true
#else
#define P_HAS_FINGERPRINTS(a, b) SAME_FINGERPRINTS(a, b)
#endif
#ifdef FAULT_ADDRESS_OUTSIDE
#define P_HAS_ADDRESSES(a, b) true
#else
#define P_HAS_ADDRESSES(a, b) SAME_ADDRESSES(a, b)
#endif

/* P, the prologue: addresses and fingerprints in their roles. Profile and layers are constants (CC-HS-04). */
#define SAME_P(a, b) (P_HAS_FINGERPRINTS(a, b) && P_HAS_ADDRESSES(a, b))

/* TH0: P, both hellos to the byte, kind of the PSK (part of hello_B). Also: hk, AD of Signal, MLS group id. */
#define SAME_TH0(a, b) (s[a].hello == (b) && s[b].hello == (a) && SAME_P(a, b))

#define SAME_KEM(a, b) (s[b].ek == (a) && s[a].ctBy == (b) && s[a].ctFor == (a))
#define SAME_MLS(a, b) (s[a].keys == (b) && s[b].welcome == (a))
#define SAME_SIGNAL(a, b) (s[a].keys == (b) && s[b].welcome == (a))
#define SAME_EXPORTS(a, b) (SAME_KEM(a, b) && SAME_MLS(a, b) && SAME_SIGNAL(a, b))

/* TH1: TH0 and every PDU of flights 3 to 5; what a finish signs and MACs. */
#define SAME_TH1(a, b) (SAME_TH0(a, b) && s[a].peer == OWNER(b) && s[b].peer == OWNER(a) && SAME_EXPORTS(a, b))

#ifdef FAULT_FINISH_BEFORE_EXPORTS
#define FINISH_COVERS(a, b) SAME_TH0(a, b)
#else
#define FINISH_COVERS(a, b) SAME_TH1(a, b)
#endif
