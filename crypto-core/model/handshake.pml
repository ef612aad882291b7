/*
 * The handshake (SPEC.md §7, §8): flights 1 to 6 between two people in two connections, against an attacker who owns
 * broker and channel and has an identity of its own. README.md tells the variants:
 *
 *   -DKIND=0|1|2      first use · invite · pair secret          -DCROSS    the second connection dials back
 *   -DHONEST          nobody interferes: deadlocks              -DKNOWS_…  what was stolen before
 *   -DFAULT_…         a planted fault, which a claim must find  -DONLY=…   one claim alone
 */
#include "claim.pml"
#include "handshake-terms.pml"
#include "handshake-claims.pml"
#include "handshake-attacker.pml"

#define KNOWN_CONTACT(i) (contactKey[OWNER(i)] != NOBODY)

/* ---- policy of the dialler (P2P-SES-09, P2P-SES-10) -------------------------------------------------------------- */

#define IS_INVITE_ONLY(mask) ((mask) == BIT(INVITE))
#ifdef FAULT_ANY_ANSWERER
#define MAY_BE_ANSWERER(a) (s[a].peer != OWNER(a))
#else
#define MAY_BE_ANSWERER(a) (s[a].peer != OWNER(a) && (!KNOWN_CONTACT(a) || contactKey[OWNER(a)] == s[a].peer))
#endif

/* ---- policy of the answerer (P2P-SES-10, -11, -15) --------------------------------------------------------------- */

#define INVITE_IS_OPEN_TO(who) (inviteUsedBy == NOBODY || inviteUsedBy == (who))
#define IS_ADDRESS_TAKEN(b) (s[b].address == OTHER(OWNER(b)) && KNOWN_CONTACT(b))
#ifdef FAULT_ANY_DIALLER
#define IS_SECRET_OF(psk, who, b) true
#else
#define IS_SECRET_OF(psk, who, b) (contactKey[OWNER(b)] == who)
#endif
#define MAY_BE_DIALLER(b) (s[b].peer != OWNER(b) && ( \
  (s[b].psk == PAIR || s[b].psk == PREVIOUS) && IS_SECRET_OF(s[b].psk, s[b].peer, b) || \
  s[b].psk == INVITE && INVITE_IS_OPEN_TO(s[b].peer) || \
  s[b].psk == NO_PSK && s[b].consent && (contactKey[OWNER(b)] == s[b].peer || !IS_ADDRESS_TAKEN(b))))

#ifdef FAULT_NO_SECOND_LOOK
#define MAY_STILL(decision) true
#else
#define MAY_STILL(decision) decision
#endif

/* The one transaction: a bare address gets the key that answered, an invite its user. */
inline commit(i) {
  if
  :: IS_A(i) || s[i].psk == NO_PSK && s[i].address == OTHER(OWNER(i)) ->
     CLAIM(pinned_key_stays, !KNOWN_CONTACT(i) || contactKey[OWNER(i)] == s[i].peer);
     contactKey[OWNER(i)] = s[i].peer
  :: !IS_A(i) && s[i].psk == INVITE ->
     CLAIM(invite_has_one_user, INVITE_IS_OPEN_TO(s[i].peer));
     inviteUsedBy = s[i].peer
  :: else
  fi;
  s[i].sent = READY;
  printf("session %d commits and is Ready: identity %d, PSK %d\n", i, s[i].peer, s[i].psk);
  CLAIM_INVITE
}

/* The session waits again, as if the refused flight had not come. */
#define REFUSE(undo, flight) CLAIM(nothing_honest_is_refused, ATTACKED); undo; goto flight
#define FORGET_HELLO(i) s[i].hello = E; s[i].psk = NO_PSK; s[i].shortened = 0
#define FORGET_FLIGHT_1(b) FORGET_HELLO(b); s[b].fingerprint = E; s[b].address = NOBODY; s[b].consent = 0; \
  offers = 0; isFlipped = 0
#define FORGET_KEYS(a) s[a].keys = E; s[a].ctBy = E; s[a].ctFor = E; s[a].peer = NOBODY
#define FORGET_IDENTITY(b) s[b].welcome = E; s[b].peer = NOBODY

proctype Initiator(byte a) {
  atomic {
    signal_link(a);
    printf("session %d sends hello; far fingerprint is of %d\n", a, s[a].fingerprint);
    s[a].sent = HELLO                                                                /* flight 1 */
  };

flight2:
  atomic {
    receive_hello_b(a);
    if
    :: SAME_LAYERS(a) &&                                                             /* CC-HS-04 */
       (s[a].psk != NO_PSK || !IS_INVITE_ONLY(psks[OWNER(a)])) &&                    /* CC-HS-08 */
       (s[a].psk == NO_PSK || HAS(psks[OWNER(a)], s[a].psk) && BINDER_B_FITS(a))     /* CC-HS-08, CC-HS-07 */
    :: else -> REFUSE(FORGET_HELLO(a), flight2)
    fi;
    if
    :: CAN_GO_ON(a, SAME_TH0(a, s[a].hello))
    :: else -> REFUSE(FORGET_HELLO(a), flight2)
    fi;
    printf("session %d takes the hello of %d, PSK %d; sends flight 3\n", a, s[a].hello, s[a].psk);
#ifdef FAULT_IDENTITY_EARLY
    CLAIM(dialler_is_hidden, !KNOWS_S0(a));
#endif
    s[a].sent = KEYS                                                                 /* flight 3 */
  };

flight4:
  atomic {
    receive_keys(a);
    if
    :: MAY_BE_ANSWERER(a)
    :: else -> REFUSE(FORGET_KEYS(a), flight4)
    fi;
    printf("session %d takes identity %d, keys of %d, ciphertext of %d; sends flight 5\n",
      a, s[a].peer, s[a].keys, s[a].ctBy);
#ifndef DH_BROKEN
    CLAIM(dialler_is_hidden, !KNOWS_S0(a) || s[a].peer == EVE);
#endif
    s[a].sent = IDENTITY                                                             /* flight 5 */
  };

  atomic {
    receive_confirmation(a);                                                         /* flight 6 */
    MAY_STILL(MAY_BE_ANSWERER(a));
    commit(a);
    claim_ready(a, s[a].hello, a, s[a].hello);
    CLAIM_GOALS(a)
  }
}

proctype Responder(byte b) {
  byte offers;
  bit isFlipped;

flight1:
  atomic {
    signal_link(b);
    receive_hello_a(b, offers, isFlipped);
    s[b].psk = FIRST(offers & psks[OWNER(b)]);                                       /* CC-HS-06 */
    if
    :: s[b].psk != NO_PSK && !(BINDER_A_FITS(b, isFlipped)) ->                                    /* CC-HS-07 */
#if defined(FAULT_BINDER_FALLBACK) || defined(FAULT_BINDER_OUTSIDE)
       s[b].psk = NO_PSK
#elif defined(FAULT_BINDER_UNCHECKED)
       skip
#else
       REFUSE(FORGET_FLIGHT_1(b), flight1)
#endif
    :: !SAME_LAYERS(b) || s[b].psk == NO_PSK && offers == BIT(INVITE) ->             /* CC-HS-04, P2P-SES-11 */
       REFUSE(FORGET_FLIGHT_1(b), flight1)
    :: else
    fi;
#ifndef FAULT_CONSENT_NOT_ASKED
    s[b].consent = (s[b].psk == NO_PSK); /* CC-HS-09: the person may say yes; a no ends the session */
#endif

    printf("session %d: far fingerprint of %d, address of %d; takes the hello of %d, offers %d, PSK %d; sends hello\n",
      b, s[b].fingerprint, s[b].address, s[b].hello, offers, s[b].psk);
    CLAIM(no_fallback, s[b].psk != NO_PSK || (offers & psks[OWNER(b)]) == 0);
    CLAIM(answers_proof_or_consent, s[b].consent || (s[b].hello == E -> KNOWS_PSK(s[b].psk)
      : SAME_FINGERPRINTS(s[b].hello, b) && SAME_ADDRESSES(s[b].hello, b)));
    if
    :: CAN_GO_ON(b, SAME_P(s[b].hello, b))
    :: else -> REFUSE(FORGET_FLIGHT_1(b), flight1)
    fi;
    offers = 0;
    isFlipped = 0;
#ifdef FAULT_INVITE_BURNT_AT_HELLO
    if
    :: s[b].psk == INVITE && inviteUsedBy == NOBODY -> inviteUsedBy = SOMEBODY
    :: else
    fi;
#endif
    CLAIM_INVITE;
    s[b].sent = HELLO                                                                /* flight 2 */
  };

  atomic {
    receive_requests(b);                                                             /* flight 3 */
    printf("session %d takes the ML-KEM key of %d; sends flight 4\n", b, s[b].ek);
#ifndef DH_BROKEN
    CLAIM(answerer_is_hidden, !KNOWS_S0(b) || s[b].consent || s[b].psk != NO_PSK);
#endif
    s[b].sent = KEYS                                                                 /* flight 4 */
  };

flight5:
  atomic {
    receive_identity(b);
    if
#ifdef FAULT_COMMIT_BEFORE_FINISH
    :: MAY_BE_DIALLER(b)
#else
    :: LAYERS_OPEN(b) && FINISH_A_FITS(b) && MAY_BE_DIALLER(b)                       /* CC-HS-21 */
#endif
    :: else -> REFUSE(FORGET_IDENTITY(b), flight5)
    fi
  };

  atomic {
    MAY_STILL(MAY_BE_DIALLER(b));
    commit(b);
    claim_ready(b, s[b].hello, s[b].hello, b);
    CLAIM_GOALS(b)                                                                   /* flight 6 */
  }
}

/* What both know before. An invite's token names the inviter's key. */
inline choose_past() {
#if KIND == 1
  psks[ALICE] = BIT(INVITE);
  psks[BOB] = BIT(INVITE);
  contactKey[ALICE] = BOB;
#elif KIND == 2
  contactKey[ALICE] = BOB;
  contactKey[BOB] = ALICE;
  if
  :: psks[ALICE] = BIT(PAIR) | BIT(PREVIOUS); psks[BOB] = BIT(PAIR) | BIT(PREVIOUS)
  :: psks[ALICE] = BIT(PREVIOUS); psks[BOB] = BIT(PAIR) | BIT(PREVIOUS) /* a crash between the commits */
  :: psks[ALICE] = BIT(PAIR) | BIT(PREVIOUS); psks[BOB] = BIT(PREVIOUS)
  :: psks[ALICE] = BIT(PAIR); psks[BOB] = 0                             /* one lost them: restored or cloned */
  :: psks[ALICE] = 0; psks[BOB] = BIT(PAIR)
  fi;
#endif
  skip
}

init {
  atomic {
    choose_past();
    run Initiator(1);
    run Responder(2);
#ifndef SINGLE
    run Initiator(3);
    run Responder(4)
#endif
  }
}
