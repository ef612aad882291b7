/*
 * The generations of a pair secret (CC-HS-21, CC-HS-24, P2P-SES-12, P2P-SES-13; p2p-core/session/pair-secrets.ts) across
 * handshakes of the same two people that run one after another or at once, in either direction, and that may be cut off
 * between any two steps: before or after either commit, before or after either first frame. The handshake itself is
 * honest here (handshake.pml has the attacker); one step is one transaction.
 *
 *   -DHANDSHAKES=n        how many in all (at most 7)    -DFIRST_KIND=0|1|2   both know nothing · invite · pair secret
 *   -DAT_ONCE=1|2         how many at the same time      -DSLOW_HELLO         steps between hello_A and its look-up
 *   -DFAULT_…             planted faults                 -DSLOW_OPEN          the answerer's end opens before or later
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
  byte parent;  /* the secret that it began with */
  byte offered; /* what the dialler held when its end opened: the secrets in hello_A */
  byte known;   /* what the answerer held then: replaced secrets answer for as long as a handshake takes */
  byte held     /* what the answerer held when its end opened */
}
Made made[HANDSHAKES + 1];
byte count = 0;
bit isDialling[2]; /* P2P-SES-04: one own dial at a time; it ends with Ready or with its link */
bit isCommon = 0;  /* some handshake was committed on both sides */

byte fresh[3], at, place, gone, isAfter, old; /* of one d_step; else zero */

#define HAS_PARENT(id) (made[id].parent != NONE && made[id].parent != INVITE_ID)
#define HOLDS(who, id) ((id) != NONE && \
  (book[who].kept[0] == (id) || book[who].kept[1] == (id) || book[who].kept[2] == (id)))
#define KEPT_MASK(who) ((book[who].kept[0] -> MASK(book[who].kept[0]) : 0) | \
  (book[who].kept[1] -> MASK(book[who].kept[1]) : 0) | (book[who].kept[2] -> MASK(book[who].kept[2]) : 0))
#define HAS_CONFIRMED(who) (book[who].confirmed & KEPT_MASK(who))

/* ---- which secrets stay ------------------------------------------------------------------------------------------ */

#ifdef FAULT_BY_GENERATION
/* The rule before: without a parent only what has none stays; the first frame leaves what came later, and siblings. */
#define STAYS_AT_COMMIT(who, id, old, isA) (made[id].parent != NONE || made[old].parent == NONE)
#define STAYS_AT_FRAME(who, id, old, isA, isAfter) (!isAfter || made[old].parent == made[id].parent)
#else
/*
 * A's commit: B has committed, so what A offered is replaced. B's: A holds the parent and may get no further, so that
 * stays, and what came after it. The first frame of A: the parent is replaced too.
 */
#define POSITION(who, id) (book[who].kept[0] == (id) -> 0 : (book[who].kept[1] == (id) -> 1 : \
  (book[who].kept[2] == (id) -> 2 : 3)))
#define IS_NEWER(who, id, old) (!HAS_PARENT(id) || POSITION(who, old) < POSITION(who, made[id].parent))
#if defined(FAULT_SIBLINGS_DROPPED)
#define STAYS_AT_COMMIT(who, id, old, isA) (!isA && (!HAS_PARENT(id) || old == made[id].parent))
#elif defined(FAULT_NOTHING_IN_COMMON_DROPS)
#define STAYS_AT_COMMIT(who, id, old, isA) (isA -> !(made[id].offered & MASK(old)) : \
  (HAS_PARENT(id) && (old == made[id].parent || IS_NEWER(who, id, old))))
#else
#define STAYS_AT_COMMIT(who, id, old, isA) (isA -> !(made[id].offered & MASK(old)) : \
  (old == made[id].parent || IS_NEWER(who, id, old)))
#endif
#define STAYS_AT_FRAME(who, id, old, isA, isAfter) (isA || \
  (HAS_PARENT(id) -> (old != made[id].parent) : !(made[id].held & MASK(old))))
#endif

#if defined(FAULT_BY_GENERATION) || defined(FAULT_FORGOTTEN_AT_ONCE)
#define IS_KNOWN(who, id, handshake) HOLDS(who, id)
#else
#define IS_KNOWN(who, id, handshake) (HOLDS(who, id) || (made[handshake].known & MASK(id)))
#endif

#ifdef FAULT_PREVIOUS_DROPPED
#define KEEPS_PREVIOUS false
#else
#define KEEPS_PREVIOUS true
#endif
#define STAYS(who, id, old, isA) (KEEPS_PREVIOUS && (old) != NONE && STAYS_AT_COMMIT(who, id, old, isA))
#ifdef FAULT_OLDEST_GOES
#define IS_PROVEN(who, id, old) ((old) == made[id].parent)
#else
#define IS_PROVEN(who, id, old) ((old) == made[id].parent || (book[who].confirmed & MASK(old)))
#endif

#define ALL_STAY(who, id, isA) (STAYS(who, id, book[who].kept[0], isA) && \
  STAYS(who, id, book[who].kept[1], isA) && STAYS(who, id, book[who].kept[2], isA))
/* The place of the oldest one that the peer never proved to hold, or of the oldest; never the parent's. */
#define LEAST_NEEDED(who, id) (!IS_PROVEN(who, id, book[who].kept[2]) -> 2 : \
  (!IS_PROVEN(who, id, book[who].kept[1]) -> 1 : (!IS_PROVEN(who, id, book[who].kept[0]) -> 0 : \
  (book[who].kept[2] == made[id].parent -> 1 : 2))))

/* The peer proved to hold this one: by a frame, by the binder of its hello, or by its finish after its commit. */
inline is_proven(who, proven) {
  if
  :: !HAS_CONFIRMED(who) -> book[who].securedSince = 3
  :: else
  fi;
  book[who].confirmed = book[who].confirmed | MASK(proven)
}

/* addAsDialler, addAsAnswerer: the new one first, then those that stay and have room, in their order. */
inline add_secret(who, id, isA) {
  d_step {
    gone = (ALL_STAY(who, id, isA) -> LEAST_NEEDED(who, id) : 3);
    if
    :: isA -> is_proven(who, id)
    :: !isA && HAS_PARENT(id) && HOLDS(who, made[id].parent) -> is_proven(who, made[id].parent)
    :: else
    fi;
    fresh[0] = id;
    place = 1;
    at = 0;
    do
    :: at < 3 ->
       old = book[who].kept[at];
       if
       :: at != gone && STAYS(who, id, old, isA) -> fresh[place] = old; place++
       :: else
       fi;
       at++
    :: else -> break
    od;
    book[who].kept[0] = fresh[0]; book[who].kept[1] = fresh[1]; book[who].kept[2] = fresh[2];
    book[who].confirmed = book[who].confirmed & KEPT_MASK(who);
    fresh[0] = NONE; fresh[1] = NONE; fresh[2] = NONE; at = 0; place = 0; gone = 0; isAfter = 0; old = NONE
  }
}

/* confirmPairSecret: a frame of the peer opened, so it holds `id`. */
inline confirm_secret(who, id, isA) {
  d_step {
    if
    :: HOLDS(who, id) ->
       is_proven(who, id);
       place = 0;
       at = 0;
       do
       :: at < 3 ->
          old = book[who].kept[at];
          if
          :: old == NONE
          :: old != NONE && (old == id || STAYS_AT_FRAME(who, id, old, isA, isAfter)) -> fresh[place] = old; place++
          :: else
          fi;
          isAfter = (old == id -> 1 : isAfter);
          at++
       :: else -> break
       od;
       book[who].kept[0] = fresh[0]; book[who].kept[1] = fresh[1]; book[who].kept[2] = fresh[2];
       book[who].confirmed = book[who].confirmed & KEPT_MASK(who);
       fresh[0] = NONE; fresh[1] = NONE; fresh[2] = NONE; at = 0; place = 0; gone = 0; isAfter = 0; old = NONE;
       printf("handshake %d: %d gets a frame, keeps %d %d %d\n",
         id, who, book[who].kept[0], book[who].kept[1], book[who].kept[2])
    :: else
    fi
  }
}

/* ---- one handshake ----------------------------------------------------------------------------------------------- */

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
  confirm_secret(who, id, isA)
#endif
}

/* Offered newest first; the answerer takes the first that it knows. */
#define KNOWS_OFFER(i) (offered[i] != NONE && IS_KNOWN(answerer, offered[i], id))

inline look_up(id) {
  made[id].parent =
    (KNOWS_OFFER(0) -> offered[0] : (KNOWS_OFFER(1) -> offered[1] : (KNOWS_OFFER(2) -> offered[2] :
    (hasInvite -> INVITE_ID : NONE))));
  printf("handshake %d: %d offers %d %d %d, %d takes %d\n",
    id, dialler, offered[0], offered[1], offered[2], answerer, made[id].parent);
  CLAIM(a_common_secret_is_found, !hadCommon || HAS_PARENT(id));
  CLAIM(newest_is_always_taken, made[id].parent == offered[0]);
  offered[0] = NONE; offered[1] = NONE; offered[2] = NONE; hadCommon = 0; hasInvite = 0
}

#define answerer_opens() opens(answerer); made[id].held = KEPT_MASK(answerer)
#define opens(who) book[who].securedSince = book[who].securedSince & ~MASK(slot)
#define CUT isDialling[dialler] = 0; goto next

/* With an invite, the inviter (Bob) knows nobody to dial before his first commit. */
#define MAY_DIAL(who) (count < HANDSHAKES && !isDialling[who] && \
  (FIRST_KIND != 1 || who == ALICE || book[BOB].kept[0] != NONE))

inline forget_handshake() {
  made[id].offered = 0; made[id].known = 0; made[id].held = 0;
#ifndef FAULT_BY_GENERATION
  made[id].parent = 0;
#endif
  id = 0; dialler = 0; answerer = 0; committed = 0; firstFrames = 0; isOpen = 0
}

/* Handshakes that follow each other in one slot; slots run at once. */
proctype Link(byte slot) {
  byte id, dialler, answerer;
  byte committed, firstFrames; /* masks of sides */
  byte offered[3];
  bit hadCommon, hasInvite, isOpen;
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
#ifdef SLOW_OPEN
    if
    :: answerer_opens(); isOpen = 1
    :: true
    fi
  };
  atomic {
#else
    answerer_opens();
    isOpen = 1;
#endif
    opens(dialler);
    made[id].offered = KEPT_MASK(dialler);
    made[id].known = KEPT_MASK(answerer);
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
    if
    :: !isOpen -> answerer_opens()
    :: else
    fi;
    isOpen = 0;
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
  :: atomic { !(firstFrames & MASK(dialler)) -> confirm_secret(dialler, id, true); firstFrames = firstFrames | MASK(dialler) }
  :: atomic { !(firstFrames & MASK(answerer)) -> confirm_secret(answerer, id, false); firstFrames = firstFrames | MASK(answerer) }
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
