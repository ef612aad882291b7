/*
 * The generations of a pair secret (CC-HS-21, CC-HS-24, P2P-SES-12, P2P-SES-13; p2p-core/session/pair-secrets.ts) across
 * handshakes of the same two people that run one after another or at once, in either direction, and that may be cut off
 * between any two steps: before or after either commit, before or after either first frame. The handshake itself is
 * honest here (handshake.pml has the attacker); one step is one transaction.
 *
 *   -DHANDSHAKES=n        how many in all (at most 7)    -DFIRST_KIND=0|1|2   both know nothing · invite · pair secret
 *   -DAT_ONCE=1|2         how many at the same time      -DSLOW_HELLO         steps between hello_A and its look-up
 *   -DMENDED              another rule, see README.md    -DFAULT_…            planted faults
 */
#include "claim.pml"

#define A_COMMON_SECRET_IS_FOUND 1
#define A_COMMON_SECRET_STAYS 2
#define NO_FALSE_ALARM 3
#define NEWEST_IS_ALWAYS_TAKEN 4
hidden byte a_common_secret_is_found = SILENT(A_COMMON_SECRET_IS_FOUND);
hidden byte a_common_secret_stays = SILENT(A_COMMON_SECRET_STAYS);
hidden byte no_false_alarm = SILENT(NO_FALSE_ALARM);
hidden byte newest_is_always_taken = UNSOUGHT(NEWEST_IS_ALWAYS_TAKEN);

#define ALICE 0
#define BOB 1
#define NONE 0
#define INVITE_ID 31 /* as a parent */

/* Secrets are named by the handshake that made them; 0 is none. Sets of them are masks. */
#define MASK(id) (1 << (id))

typedef Book {
  byte kept[3];     /* newest first */
  byte confirmed;
  byte securedSince /* slots whose link was open when the first secret was confirmed */
}
Book book[2];

/* Of a handshake that runs; `parent` as long as its secret is kept. */
typedef Made {
  byte parent;    /* the secret that it began with */
  byte before[2]; /* what each side held when the link opened */
  byte offered    /* the secrets in hello_A */
}
Made made[HANDSHAKES + 1];
byte count = 0;
bit isDialling[2]; /* P2P-SES-04: one own dial at a time; it ends with Ready or with its link */
bit isCommon = 0;  /* some handshake was committed on both sides */

byte fresh[3], at, place, room, old; /* of one d_step; else zero */

#define HOLDS(who, id) ((id) != NONE && \
  (book[who].kept[0] == (id) || book[who].kept[1] == (id) || book[who].kept[2] == (id)))
#define KEPT_MASK(who) ((book[who].kept[0] -> MASK(book[who].kept[0]) : 0) | \
  (book[who].kept[1] -> MASK(book[who].kept[1]) : 0) | (book[who].kept[2] -> MASK(book[who].kept[2]) : 0))
#define HAS_CONFIRMED(who) (book[who].confirmed & KEPT_MASK(who))

/* ---- which secrets stay ------------------------------------------------------------------------------------------ */

#ifdef MENDED
/*
 * A's commit: the peer has committed, so what A held before this link is replaced. B's: the same, except what A offered
 * (it holds that, and may get no further). The first frame of A replaces that too. What a side knew when the link
 * opened is still known to the look-up.
 */
#define IS_REPLACED(who, id, old) (made[id].before[who] & MASK(old))
#define STAYS_AT_COMMIT(who, id, old, isA) (!IS_REPLACED(who, id, old) || !isA && (made[id].offered & MASK(old)))
#define STAYS_AT_FRAME(who, id, old, isAfter) (!IS_REPLACED(who, id, old))
#define IS_KNOWN(who, id, handshake) (HOLDS(who, id) || (made[handshake].before[who] & MASK(id)))
#else
/* Without a parent only what has none stays; the first frame leaves what came later, and siblings. */
#define STAYS_AT_COMMIT(who, id, old, isA) (made[id].parent != NONE || made[old].parent == NONE)
#define STAYS_AT_FRAME(who, id, old, isAfter) (!isAfter || made[old].parent == made[id].parent && KEEPS_SIBLINGS)
#define IS_KNOWN(who, id, handshake) HOLDS(who, id)
#endif

#ifdef FAULT_PREVIOUS_DROPPED
#define KEEPS_PREVIOUS false
#else
#define KEEPS_PREVIOUS true
#endif
#ifdef FAULT_SIBLINGS_DROPPED
#define KEEPS_SIBLINGS false
#else
#define KEEPS_SIBLINGS true
#endif

/* addPairSecret: the new one first, then in their order its parent and as many others as there is room for. */
inline add_secret(who, id, isA) {
  d_step {
    room = (HOLDS(who, made[id].parent) && STAYS_AT_COMMIT(who, id, made[id].parent, isA) -> 1 : 2);
    fresh[0] = id;
    place = 1;
    at = 0;
    do
    :: at < 3 ->
       old = book[who].kept[at];
       if
       :: old == NONE || !KEEPS_PREVIOUS
       :: old != NONE && KEEPS_PREVIOUS && STAYS_AT_COMMIT(who, id, old, isA) && (old == made[id].parent || room > 0) ->
          room = (old == made[id].parent -> room : room - 1);
          fresh[place] = old;
          place++
       :: else
       fi;
       at++
    :: else -> break
    od;
    book[who].kept[0] = fresh[0]; book[who].kept[1] = fresh[1]; book[who].kept[2] = fresh[2];
    book[who].confirmed = book[who].confirmed & KEPT_MASK(who);
    fresh[0] = NONE; fresh[1] = NONE; fresh[2] = NONE; at = 0; place = 0; room = 0; old = NONE
  }
}

/* confirmPairSecret: a frame of the peer opened, so it holds `id`. Once for each secret. */
inline confirm_secret(who, id) {
  d_step {
    if
    :: HOLDS(who, id) && !(book[who].confirmed & MASK(id)) ->
       if
       :: !HAS_CONFIRMED(who) -> book[who].securedSince = 3
       :: else
       fi;
       place = 0;
       at = 0;
       do
       :: at < 3 ->
          old = book[who].kept[at];
          if
          :: old == NONE
          :: old != NONE && (old == id || STAYS_AT_FRAME(who, id, old, room)) -> fresh[place] = old; place++
          :: else
          fi;
          room = (old == id -> 1 : room); /* the others come after it */
          at++
       :: else -> break
       od;
       book[who].kept[0] = fresh[0]; book[who].kept[1] = fresh[1]; book[who].kept[2] = fresh[2];
       book[who].confirmed = (book[who].confirmed & KEPT_MASK(who)) | MASK(id);
       fresh[0] = NONE; fresh[1] = NONE; fresh[2] = NONE; at = 0; place = 0; room = 0; old = NONE;
       printf("handshake %d: %d gets a frame, keeps %d %d %d\n",
         id, who, book[who].kept[0], book[who].kept[1], book[who].kept[2])
    :: else
    fi
  }
}

/* ---- one handshake ----------------------------------------------------------------------------------------------- */

#define HAS_PARENT(id) (made[id].parent != NONE && made[id].parent != INVITE_ID)
#define SHARE (HOLDS(BOB, book[ALICE].kept[0]) || HOLDS(BOB, book[ALICE].kept[1]) || HOLDS(BOB, book[ALICE].kept[2]))

/* "Restored or cloned" is told to whom had a confirmed secret when the link opened (P2P-SES-13). */
inline commit(who, id, isA) {
  CLAIM(no_false_alarm, HAS_PARENT(id) || !HAS_CONFIRMED(who) || (book[who].securedSince & MASK(slot)));
  add_secret(who, id, isA);
  committed = committed | MASK(who);
  isCommon = isCommon || committed == 3;
  printf("handshake %d (from %d): %d commits, keeps %d %d %d\n",
    id, made[id].parent, who, book[who].kept[0], book[who].kept[1], book[who].kept[2]);
  CLAIM(a_common_secret_stays, !isCommon || SHARE);
#ifdef FAULT_CONFIRMED_AT_COMMIT
  confirm_secret(who, id)
#endif
}

/* Offered by generation, newest first; siblings in the order of their ids, which are random. */
#define KNOWS_OFFER(i) (offered[i] != NONE && IS_KNOWN(answerer, offered[i], id))
#define COMES_FIRST(i, j) (KNOWS_OFFER(i) && made[offered[i]].parent != made[offered[j]].parent)

inline look_up(id) {
  if
  :: KNOWS_OFFER(0) -> made[id].parent = offered[0]
  :: KNOWS_OFFER(1) && !COMES_FIRST(0, 1) -> made[id].parent = offered[1]
  :: KNOWS_OFFER(2) && !COMES_FIRST(0, 2) && !COMES_FIRST(1, 2) -> made[id].parent = offered[2]
  :: !KNOWS_OFFER(0) && !KNOWS_OFFER(1) && !KNOWS_OFFER(2) -> made[id].parent = (hasInvite -> INVITE_ID : NONE)
  fi;
  printf("handshake %d: %d offers %d %d %d, %d takes %d\n",
    id, dialler, offered[0], offered[1], offered[2], answerer, made[id].parent);
  CLAIM(a_common_secret_is_found, !hadCommon || HAS_PARENT(id));
  CLAIM(newest_is_always_taken, made[id].parent == offered[0]);
  offered[0] = NONE; offered[1] = NONE; offered[2] = NONE; hadCommon = 0; hasInvite = 0
}

#define CUT isDialling[dialler] = 0; goto next

/* With an invite, the inviter (Bob) knows nobody to dial before his first commit. */
#define MAY_DIAL(who) (count < HANDSHAKES && !isDialling[who] && \
  (FIRST_KIND != 1 || who == ALICE || book[BOB].kept[0] != NONE))

inline forget_handshake() {
  made[id].before[ALICE] = 0; made[id].before[BOB] = 0; made[id].offered = 0;
  id = 0; dialler = 0; answerer = 0; committed = 0; firstFrames = 0
}

/* Handshakes that follow each other in one slot; slots run at once. */
proctype Link(byte slot) {
  byte id, dialler, answerer;
  byte committed, firstFrames; /* masks of sides */
  byte offered[3];
  bit hadCommon, hasInvite;
next:
  atomic {
    forget_handshake();
    if
    :: MAY_DIAL(ALICE) -> dialler = ALICE
    :: MAY_DIAL(BOB) -> dialler = BOB
    :: count == HANDSHAKES -> goto ended
    fi;
    isDialling[dialler] = 1;
    answerer = 1 - dialler;
    count++;
    id = count;
    book[ALICE].securedSince = book[ALICE].securedSince & ~MASK(slot);
    book[BOB].securedSince = book[BOB].securedSince & ~MASK(slot);
    made[id].before[ALICE] = KEPT_MASK(ALICE);
    made[id].before[BOB] = KEPT_MASK(BOB);
    made[id].offered = KEPT_MASK(dialler);
    offered[0] = book[dialler].kept[0]; offered[1] = book[dialler].kept[1]; offered[2] = book[dialler].kept[2];
    hadCommon = isCommon;
    hasInvite = (FIRST_KIND == 1 && dialler == ALICE && book[ALICE].kept[0] == NONE);
#ifdef SLOW_HELLO
  };
  atomic {
    if
    :: true
    :: CUT
    fi;
#endif
    look_up(id)
  };
  atomic {
    if
    :: commit(answerer, id, false)
    :: CUT
    fi
  };
  atomic {
    if
    :: commit(dialler, id, true); isDialling[dialler] = 0
    :: CUT
    fi
  };
  do /* first frames, in either order, or none */
  :: atomic { !(firstFrames & MASK(dialler)) -> confirm_secret(dialler, id); firstFrames = firstFrames | MASK(dialler) }
  :: atomic { !(firstFrames & MASK(answerer)) -> confirm_secret(answerer, id); firstFrames = firstFrames | MASK(answerer) }
  :: goto next
  od;
ended: skip
}

init {
  atomic {
#if FIRST_KIND == 2
    count = 1;
    isCommon = 1;
    book[ALICE].kept[0] = 1; book[ALICE].confirmed = MASK(1);
    book[BOB].kept[0] = 1; book[BOB].confirmed = MASK(1);
#endif
    run Link(0);
#if AT_ONCE > 1
    run Link(1)
#endif
  }
}
