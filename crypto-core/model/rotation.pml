/*
 * Renewal of keys within a session: rotation of the record layer and turns of the ML-KEM ratchet (SPEC.md §12, §13,
 * CC-CAS-06), started at any moment by either side or both, over the ordered channel.
 *
 *   -DATTACKED      somebody who can write into the channel drops, repeats, reorders and reflects frames
 *   -DWITHOUT_MLS   record layer and ML-KEM alone
 *   -DDATA=n -DROTATIONS=n -DTURNS=n   how many data frames of each side, and how many renewals are started in all
 */
#include "claim.pml"

#define EVERY_FRAME_OPENS 1
#define RENEWAL_COMPLETES 2
#define OPENS_THE_PEERS_FRAMES 3
#define OPENS_A_FRAME_ONCE 4
#define OPENS_WITHOUT_A_GAP 5
#define NO_KEY_RENEWED 6
hidden byte every_frame_opens = SILENT(EVERY_FRAME_OPENS);
hidden byte renewal_completes = SILENT(RENEWAL_COMPLETES);
hidden byte opens_the_peers_frames = SILENT(OPENS_THE_PEERS_FRAMES);
hidden byte opens_a_frame_once = SILENT(OPENS_A_FRAME_ONCE);
hidden byte opens_without_a_gap = SILENT(OPENS_WITHOUT_A_GAP);
hidden byte no_key_renewed = UNSOUGHT(NO_KEY_RENEWED);

#ifdef ATTACKED
#define IS_ATTACKED true
#else
#define IS_ATTACKED false
#endif

mtype = { data, half, offer, answer };

/* A key is named by what it comes from: generation and the two fresh shares. Generation 0 is the handshake's. */
typedef Key {
  byte gen;
  byte shareA;
  byte shareB
}

/* One layer of one side. `receiving` lags behind `sending` until the peer's first frame of a generation. */
typedef Layer {
  Key sending;
  Key receiving;
  Key upcoming; /* gen 0: none */
  byte share    /* our half, or our offer; 0: none */
}
typedef Side {
  Layer aes;
  Layer kem;
  byte sent;     /* frames in this generation of the record layer */
  byte received;
  byte sentAll;  /* in all generations */
  byte receivedAll;
  bit isClosed
}
Side side[2];
byte shares = 0; /* fresh values so far */
byte dataLeft[2];
byte rotationsLeft = ROTATIONS;
byte turnsLeft = TURNS;

typedef Frame {
  mtype kind;
  byte gen;     /* of half, offer, answer */
  byte share;
  Key aes;
  Key kem;
  byte direction; /* whose key: of A → B (0) or B → A (1) */
  byte ctr;
  byte sender;    /* MLS leaf */
  byte number     /* MLS generation: all frames of the sender, counted */
}
chan wire[2] = [CAPACITY] of { Frame }; /* wire[x]: to x */

#define SAME_KEY(x, y) (x.gen == y.gen && x.shareA == y.shareA && x.shareB == y.shareB)
#define COPY_KEY(to, from) to.gen = from.gen; to.shareA = from.shareA; to.shareB = from.shareB
#define NO_UPCOMING(layer) layer.upcoming.gen = 0; layer.upcoming.shareA = 0; layer.upcoming.shareB = 0
/* Of two shares, A's first: who began makes no difference. */
#define SET_KEY(key, g, me, own, others) key.gen = g; \
  key.shareA = ((me) == 0 -> own : others); key.shareB = ((me) == 0 -> others : own)

#ifdef FAULT_ROLELESS
#define DIRECTION(sender) 0
#else
#define DIRECTION(sender) (sender)
#endif

/* CC-KEM-04: n even is A's, odd is B's. */
#ifdef FAULT_NO_TURNS
#define IS_TURN_OF(me, n) true
#define IS_OUT_OF_TURN(me, n) false
#else
#define IS_TURN_OF(me, n) ((n) % 2 == (me))
#define IS_OUT_OF_TURN(me, n) IS_TURN_OF(me, n)
#endif

/* Frames leave in counter order under the present keys; a control frame under those that it is about to replace. */
inline seal(me, what, n, value) {
  f.kind = what; f.gen = n; f.share = value;
  COPY_KEY(f.aes, side[me].aes.sending);
  COPY_KEY(f.kem, side[me].kem.sending);
  f.direction = DIRECTION(me);
  f.ctr = side[me].sent; f.sender = me; f.number = side[me].sentAll;
  side[me].sent++; side[me].sentAll++;
  wire[1 - me]!f;
  printf("%d sends %e %d (share %d) as frame %d under record key %d/%d/%d, ML-KEM key %d/%d/%d\n", me, what, n, value,
    f.ctr, f.aes.gen, f.aes.shareA, f.aes.shareB, f.kem.gen, f.kem.shareA, f.kem.shareB)
}

/* CC-AES-04: with both halves, sending moves; receiving waits for the peer's first frame (CC-AES-05). */
inline install_rotation(me, others) {
  SET_KEY(side[me].aes.upcoming, side[me].aes.sending.gen + 1, me, side[me].aes.share, others);
  COPY_KEY(side[me].aes.sending, side[me].aes.upcoming);
#ifdef FAULT_OLD_KEY_DROPPED
  COPY_KEY(side[me].aes.receiving, side[me].aes.upcoming); NO_UPCOMING(side[me].aes); side[me].received = 0;
#endif
  side[me].aes.share = 0;
  side[me].sent = 0
}

inline start_rotation(me) {
  shares++;
  side[me].aes.share = shares;
  seal(me, half, side[me].aes.sending.gen + 1, side[me].aes.share)
#ifdef FAULT_SWITCH_WITH_OWN_HALF
  ; install_rotation(me, 0)
#endif
}

inline accept_half(me) {
  if
  :: f.gen != side[me].aes.sending.gen + 1 -> reject(me)
  :: else ->
     other = f.share;
     if
     :: side[me].aes.share != 0 -> install_rotation(me, other)
     :: else ->
#ifdef FAULT_SWITCH_BEFORE_OWN_HALF
        shares++; side[me].aes.share = shares; own = shares;
        install_rotation(me, other); seal(me, half, side[me].aes.sending.gen, own); own = 0
#elif defined(FAULT_SWITCH_WITH_OWN_HALF)
        start_rotation(me)
#else
        start_rotation(me); install_rotation(me, other)
#endif
     fi
  fi
}

/* CC-KEM-05: the answerer sends under n right after its answer; the offerer moves both directions. */
inline accept_offer(me) {
  if
  :: f.gen != side[me].kem.sending.gen + 1 || IS_OUT_OF_TURN(me, f.gen) -> reject(me)
  :: else ->
     other = f.share; n = f.gen;
     shares++;
     own = shares;
     seal(me, answer, n, own);
     SET_KEY(side[me].kem.upcoming, n, me, own, other);
     COPY_KEY(side[me].kem.sending, side[me].kem.upcoming);
#ifdef FAULT_ANSWERER_MOVES_BOTH
     COPY_KEY(side[me].kem.receiving, side[me].kem.upcoming); NO_UPCOMING(side[me].kem);
#endif
     own = 0
  fi
}
inline accept_answer(me) {
  if
  :: side[me].kem.share == 0 || f.gen != side[me].kem.sending.gen + 1 -> reject(me)
  :: else ->
     SET_KEY(side[me].kem.sending, f.gen, me, side[me].kem.share, f.share);
     COPY_KEY(side[me].kem.receiving, side[me].kem.sending);
     NO_UPCOMING(side[me].kem);
     side[me].kem.share = 0
  fi
}

inline reject(me) {
  CLAIM(every_frame_opens, IS_ATTACKED);
  side[me].isClosed = 1
}

#ifdef FAULT_REPEATED_COUNTER
#define IS_NEXT(ctr, expected) true
#else
#define IS_NEXT(ctr, expected) ((ctr) == (expected))
#endif
#define OPENS_NOW(me, layer, key) SAME_KEY(f.key, side[me].layer.receiving)
#define OPENS_FIRST(me, layer, key) (side[me].layer.upcoming.gen != 0 && SAME_KEY(f.key, side[me].layer.upcoming))
#define AES_OPENS(me) (f.direction == DIRECTION(1 - me) && ( \
  OPENS_NOW(me, aes, aes) && IS_NEXT(f.ctr, side[me].received) || OPENS_FIRST(me, aes, aes) && f.ctr == 0))
/* CC-MLS-06, CC-MLS-07: the peer's leaf, and strictly consecutive generations over the whole session. */
#ifdef WITHOUT_MLS
#define MLS_OPENS(me) true
#else
#define MLS_OPENS(me) (f.sender == 1 - me && f.number == side[me].receivedAll)
#endif
#define KEM_OPENS(me) (OPENS_NOW(me, kem, kem) || OPENS_FIRST(me, kem, kem))

/* CC-AES-05, CC-KEM-03: with the first frame of a generation the one before is gone. */
inline move_on(me) {
  if
  :: OPENS_FIRST(me, aes, aes) ->
     COPY_KEY(side[me].aes.receiving, side[me].aes.upcoming); NO_UPCOMING(side[me].aes); side[me].received = 0
  :: else
  fi;
  if
  :: OPENS_FIRST(me, kem, kem) ->
     COPY_KEY(side[me].kem.receiving, side[me].kem.upcoming); NO_UPCOMING(side[me].kem)
  :: else
  fi;
  side[me].received++
}

inline open(me) {
  if
  :: !AES_OPENS(me) || !KEM_OPENS(me) || !MLS_OPENS(me) -> reject(me)
  :: else ->
     CLAIM(opens_the_peers_frames, f.sender == 1 - me);
     CLAIM(opens_a_frame_once, f.number >= side[me].receivedAll);
     CLAIM(opens_without_a_gap, f.number == side[me].receivedAll);
     side[me].receivedAll = f.number + 1;
     printf("%d opens %e of %d\n", me, f.kind, f.sender);
     move_on(me);
     if
     :: f.kind == data
     :: f.kind == half -> accept_half(me)
     :: f.kind == offer -> accept_offer(me)
     :: f.kind == answer -> accept_answer(me)
     fi
  fi
}

inline clear_frame() {
  f.kind = 0; f.gen = 0; f.share = 0; f.direction = 0; f.ctr = 0; f.sender = 0; f.number = 0;
  f.aes.gen = 0; f.aes.shareA = 0; f.aes.shareB = 0; f.kem.gen = 0; f.kem.shareA = 0; f.kem.shareB = 0
}

#define IS_LIVE(me) (!side[me].isClosed)
#define HAS_ROOM(me) (len(wire[1 - (me)]) < CAPACITY)

Frame f; /* of one atomic step; else zero */
byte other, own, n;

proctype Peer(byte me) {
end:
  do
  :: atomic { IS_LIVE(me) && HAS_ROOM(me) && dataLeft[me] > 0 ->
       dataLeft[me]--; seal(me, data, 0, 0); clear_frame() }
  :: atomic { IS_LIVE(me) && HAS_ROOM(me) && rotationsLeft > 0 && side[me].aes.share == 0 ->
       rotationsLeft--; start_rotation(me); clear_frame() }
  :: atomic { IS_LIVE(me) && HAS_ROOM(me) && turnsLeft > 0 && side[me].kem.share == 0 &&
       IS_TURN_OF(me, side[me].kem.sending.gen + 1) ->
       turnsLeft--; shares++; side[me].kem.share = shares;
       seal(me, offer, side[me].kem.sending.gen + 1, shares); clear_frame() }
  :: atomic { IS_LIVE(me) && HAS_ROOM(me) && nempty(wire[me]) ->
       wire[me]?f; open(me); other = 0; n = 0; clear_frame() }
  od
}

#ifdef ATTACKED
/* Takes a frame out of the channel, and may put it back later, there or to its sender, once or twice. */
proctype Attacker() {
  byte x;
  bit hasTaken;
  Frame kept;
end:
  do
  :: atomic { !hasTaken && nempty(wire[0]) -> wire[0]?kept; hasTaken = 1 }
  :: atomic { !hasTaken && nempty(wire[1]) -> wire[1]?kept; hasTaken = 1 }
  :: atomic { hasTaken && HAS_ROOM(0) -> wire[1]!kept }
  :: atomic { hasTaken && HAS_ROOM(1) -> wire[0]!kept }
  :: hasTaken -> break
  od
}
#else
/* When nothing moves any more, every renewal that began has ended, on both sides, with the same keys. */
proctype Quiet() {
end:
  timeout;
  CLAIM(renewal_completes, side[0].aes.share == 0 && side[1].aes.share == 0 &&
    SAME_KEY(side[0].aes.sending, side[1].aes.sending));
  CLAIM(renewal_completes, side[0].kem.share == 0 && side[1].kem.share == 0 &&
    SAME_KEY(side[0].kem.sending, side[1].kem.sending));
  CLAIM(no_key_renewed, side[0].aes.sending.gen != ROTATIONS || side[0].kem.sending.gen != TURNS)
}
#endif

init {
  atomic {
    dataLeft[0] = DATA;
    dataLeft[1] = DATA;
    run Peer(0);
    run Peer(1);
#ifdef ATTACKED
    run Attacker()
#else
    run Quiet()
#endif
  }
}
