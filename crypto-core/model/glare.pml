/*
 * Both dial, both handshakes succeed: which connection stays (P2P-SES-02, P2P-SES-04, P2P-SES-21;
 * p2p-core/session/displacement.ts, contact-connection.ts). Links open, become Ready, are displaced, break and are
 * dialled again at any moment; a side learns late of what the other did. handshake.pml has the handshake.
 *
 *   -DLINKS=n      how many may be dialled in all       -DCUTS=n      how many break, by the network or an attacker
 *   -DRELOADS=n    how many times a page is lost        -DSTRANGERS=n links from the contact's address, never Ready
 */
#include "claim.pml"

#define ONE_SESSION_STAYS 1
#define READY_IS_DISPLACED_BY_READY 2
#define A_LIVE_ONE_IS_KEPT 3
#define BOTH_AGREE 4
#define NO_TWO_AT_ONCE 5
hidden byte one_session_stays = SILENT(ONE_SESSION_STAYS);
hidden byte ready_is_displaced_by_ready = SILENT(READY_IS_DISPLACED_BY_READY);
hidden byte a_live_one_is_kept = SILENT(A_LIVE_ONE_IS_KEPT);
hidden byte both_agree = SILENT(BOTH_AGREE);
hidden byte no_two_at_once = UNSOUGHT(NO_TWO_AT_ONCE);

#define DECIDER 0 /* the larger peer id */
#define FOLLOWER 1
#define PEER_OF(n) (1 - (n))

/* A link as one side sees it. */
#define UNKNOWN 0
#define DIALLING 1
#define OPEN 2
#define READY 3
#define GONE 4

typedef End {
  byte state;
  byte readyBefore; /* mask: links that were Ready here when this one opened */
  byte order;       /* of Ready, from 1; 0: not Ready */
  bit isTimed       /* the follower's timer of GLARE_WINDOW_MS runs for it */
}
typedef Link {
  End at[2];
  byte dialler;
  bit isStranger
}
Link link[LINKS];
byte dialled = 0;
byte cutsLeft = CUTS;
byte reloadsLeft = RELOADS;
byte strangersLeft = STRANGERS;
bit isCut[LINKS];

mtype = { flight6, displaced };
chan wire[2 * LINKS] = [2] of { mtype };
#define WIRE_TO(n, l) wire[2 * (l) + (n)]

#define IS_READY(n, l) (link[l].at[n].state == READY)
#define MASK(l) (1 << (l))
#if LINKS == 2
#define MASK_OF(n, is) ((is(n, 0) -> 1 : 0) | (is(n, 1) -> 2 : 0))
#define COUNT(n, is) ((is(n, 0) -> 1 : 0) + (is(n, 1) -> 1 : 0))
#define WIRES_ARE_EMPTY (empty(wire[0]) && empty(wire[1]) && empty(wire[2]) && empty(wire[3]))
#elif LINKS == 4
#define MASK_OF(n, is) ((is(n, 0) -> 1 : 0) | (is(n, 1) -> 2 : 0) | (is(n, 2) -> 4 : 0) | (is(n, 3) -> 8 : 0))
#define COUNT(n, is) ((is(n, 0) -> 1 : 0) + (is(n, 1) -> 1 : 0) + (is(n, 2) -> 1 : 0) + (is(n, 3) -> 1 : 0))
#define WIRES_ARE_EMPTY (empty(wire[0]) && empty(wire[1]) && empty(wire[2]) && empty(wire[3]) && \
  empty(wire[4]) && empty(wire[5]) && empty(wire[6]) && empty(wire[7]))
#endif
#define IS_UNDER_WAY(n, l) (link[l].at[n].state == DIALLING || link[l].at[n].state == OPEN)

/* A side that closes says so in the session, if it is Ready; the other learns it by that, or by its transport. */
inline leave(n, l) {
  CLAIM(ready_is_displaced_by_ready, COUNT(n, IS_READY) > 1);
  printf("%d displaces link %d\n", n, l);
  WIRE_TO(PEER_OF(n), l)!displaced;
  end_link(n, l)
}

inline end_link(n, l) {
  link[l].at[n].state = GONE; link[l].at[n].order = 0; link[l].at[n].isTimed = 0; link[l].at[n].readyBefore = 0
}

#define OVERLAPS(n, older, newer) (!(link[newer].at[n].readyBefore & MASK(older)))
#define IS_OURS(n, l) (link[l].dialler == (n))
#ifdef FAULT_OLDER_WINS
#define KEEPS_OLDER(n, older, newer) (IS_OURS(n, older) && !IS_OURS(n, newer))
#else
#define KEEPS_OLDER(n, older, newer) (OVERLAPS(n, older, newer) && IS_OURS(n, older) && !IS_OURS(n, newer))
#endif
#ifdef FAULT_BOTH_DECIDE
#define IS_DECIDER(n) true
#else
#define IS_DECIDER(n) ((n) == DECIDER)
#endif

/* A decider must not close what is alive at the peer for what is not, unless the two were dialled at once. */
inline decide(n, keep, drop) {
#ifndef LATE
  CLAIM(a_live_one_is_kept, OVERLAPS(n, older, l) ||
    link[keep].at[PEER_OF(n)].state != GONE || link[drop].at[PEER_OF(n)].state == GONE);
#endif
  leave(n, drop)
}

/* The session joins; of the last two, one is closed (P2P-SES-21). */
inline become_ready(n, l) {
  older = LINKS;
  k = 0;
  do
  :: k < LINKS ->
     if
     :: k != l && IS_READY(n, k) && (older == LINKS || link[k].at[n].order > link[older].at[n].order) -> older = k
     :: else
     fi;
     k++
  :: else -> break
  od;
  link[l].at[n].state = READY;
  link[l].at[n].order = (older == LINKS -> 1 : link[older].at[n].order + 1);
  printf("%d: link %d is Ready\n", n, l);
  if
  :: older == LINKS
  :: older != LINKS && !IS_DECIDER(n) -> link[older].at[n].isTimed = 1
  :: older != LINKS && IS_DECIDER(n) && KEEPS_OLDER(n, older, l) -> decide(n, older, l)
  :: older != LINKS && IS_DECIDER(n) && !KEEPS_OLDER(n, older, l) -> decide(n, l, older)
  fi;
  CLAIM(no_two_at_once, COUNT(FOLLOWER, IS_READY) < 2);
  older = 0; k = 0
}

inline open_link(n, l) {
  link[l].at[n].state = OPEN;
  link[l].at[n].readyBefore = MASK_OF(n, IS_READY);
#ifdef FAULT_OPEN_DISPLACES
  k = 0;
  do
  :: k < LINKS ->
     if
     :: k != l && IS_READY(n, k) -> leave(n, k)
     :: else
     fi;
     k++
  :: else -> break
  od;
  k = 0
#endif
}

byte older, k; /* of one atomic step; else zero */

/* GLARE_WINDOW_MS is longer than a message takes; with -DLATE somebody holds messages back for longer. */
#ifdef LATE
#define WINDOW_IS_OVER true
#else
#define WINDOW_IS_OVER WIRES_ARE_EMPTY
#endif

/* One side of one link. */
proctype Side(byte n; byte l) {
end:
  do
  :: atomic { link[l].at[n].state == DIALLING && !isCut[l] -> open_link(n, l) }
  :: atomic { link[l].at[n].state == UNKNOWN && l < dialled && link[l].dialler != n && !isCut[l] -> open_link(n, l) }
  /* B: everything of flight 5 is there. It commits, is Ready, and sends flight 6. */
  :: atomic { link[l].at[n].state == OPEN && link[l].dialler == PEER_OF(n) && !link[l].isStranger &&
       link[l].at[PEER_OF(n)].state == OPEN && !isCut[l] ->
       WIRE_TO(PEER_OF(n), l)!flight6;
       become_ready(n, l) }
  /* A */
  :: atomic { link[l].at[n].state == OPEN && WIRE_TO(n, l)?[flight6] && !isCut[l] ->
       WIRE_TO(n, l)?flight6;
       become_ready(n, l) }
  :: atomic { link[l].at[n].state == READY && WIRE_TO(n, l)?[displaced] ->
       WIRE_TO(n, l)?displaced;
       end_link(n, l) }
  /* What comes for a link that is gone is dropped; so is what was on its way when it broke. */
  :: atomic { (link[l].at[n].state == GONE || isCut[l]) && nempty(WIRE_TO(n, l)) ->
       if
       :: WIRE_TO(n, l)?flight6
       :: WIRE_TO(n, l)?displaced
       fi }
  /* The transport, or the timer of the handshake. */
  :: atomic { link[l].at[n].state != GONE && link[l].at[n].state != UNKNOWN && isCut[l] && empty(WIRE_TO(n, l)) ->
       end_link(n, l) }
  :: atomic { link[l].at[n].state == OPEN && link[l].at[PEER_OF(n)].state == GONE && empty(WIRE_TO(n, l)) ->
       end_link(n, l) }
  :: atomic { link[l].at[n].state == READY && link[l].at[PEER_OF(n)].state == GONE && empty(WIRE_TO(n, l)) ->
       end_link(n, l) }
  :: atomic { link[l].at[n].state == OPEN && link[l].isStranger -> end_link(n, l) }
  /* The follower: the decider should have closed one by now. */
  :: atomic { link[l].at[n].isTimed && WINDOW_IS_OVER ->
       link[l].at[n].isTimed = 0;
       if
       :: IS_READY(n, l) && COUNT(n, IS_READY) > 1 -> leave(n, l)
       :: else
       fi }
  od
}

proctype Dialler(byte n) {
end:
  do
  :: atomic { dialled < LINKS && COUNT(n, IS_READY) == 0 && COUNT(n, IS_UNDER_WAY) == 0 ->
       link[dialled].dialler = n; link[dialled].at[n].state = DIALLING;
       printf("%d dials link %d\n", n, dialled);
       dialled++ }
  od
}

proctype Trouble() {
  byte x;
end:
  do
  :: atomic { cutsLeft > 0 && dialled > 0 -> cutsLeft--;
       x = 0;
       do
       :: x < dialled - 1 -> x++
       :: break
       od;
       isCut[x] = 1;
       printf("link %d breaks\n", x);
       x = 0 }
  :: atomic { reloadsLeft > 0 -> reloadsLeft--;
       x = 0;
       do
       :: x < LINKS ->
          if
          :: link[x].at[FOLLOWER].state != UNKNOWN -> end_link(FOLLOWER, x)
          :: else
          fi;
          x++
       :: else -> break
       od;
       printf("the follower's page is lost\n");
       x = 0 }
  :: atomic { strangersLeft > 0 && dialled < LINKS -> strangersLeft--;
       link[dialled].dialler = FOLLOWER; link[dialled].isStranger = 1; link[dialled].at[FOLLOWER].state = GONE;
       dialled++ }
  od
}

/*
 * When nothing moves any more, one session is left, the same on both sides; with -DLATE at least the same: none, and
 * then both dial again (here the dials run out).
 */
#define AGREED (MASK_OF(0, IS_READY) == MASK_OF(1, IS_READY) && COUNT(0, IS_READY) <= 1)

proctype Quiet() {
end:
  timeout;
  CLAIM(both_agree, AGREED);
#ifndef LATE
  CLAIM(one_session_stays, AGREED && COUNT(0, IS_READY) == 1)
#endif
}

init {
  atomic {
    byte l;
    run Dialler(0);
    run Dialler(1);
    for (l : 0 .. LINKS - 1) {
      run Side(0, l);
      run Side(1, l)
    }
    run Trouble();
    run Quiet()
  }
}
