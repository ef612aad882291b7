/*
 * The attacker owns broker and channel. Whenever an honest session waits for a flight, it gets any that can exist:
 * one that an honest session sealed under the same key, once or again, on time or later; or one that the attacker
 * composes, when it knows the key. So there is no channel in this model; what was sent stays in `s[…].sent`, and every
 * `if` below is the attacker's choice. A session that gets nothing more is one that a timer ends. A flight that is
 * refused leaves the session waiting, as if it had not come: more than the protocol allows (it ends), so that what
 * holds here holds there, with fewer states.
 *
 * With -DHONEST nobody interferes and nothing is lost: a session that waits for ever is a deadlock.
 */
#ifdef HONEST
#define ATTACKED false
#else
#define ATTACKED true
#endif

/* The session at the other end when nobody interferes; other sessions of the same role. */
#define MATE(i) (IS_A(i) -> (i) + 1 : (i) - 1)
#define TWIN(i) (IS_A(i) -> 4 - (i) : 6 - (i))
#define IS_IN_REACH(i, j) (ATTACKED || (j) == MATE(i))

/* Alternatives of an `if`: an honest session of that role for which the guard holds. */
#define FROM_A(x, guard1, guard3) :: guard1 -> x = 1 :: guard3 -> x = 3
#define FROM_B(x, guard2, guard4) :: guard2 -> x = 2 :: guard4 -> x = 4

/* A sealed flight of j opens at i when both have the same hk; hk has TH0 in it. */
#define OPENS(i, j, flight, same) (IS_IN_REACH(i, j) && s[j].sent >= flight && same)
#define IS_OPEN(i) (ATTACKED && KNOWS_S0(i))

/* A value in flight 3 or 4: the attacker's own, or one that it could read. */
inline any_of_a(x) {
  if
  :: x = E
  FROM_A(x, s[1].sent >= KEYS && KNOWS_S0(1), s[3].sent >= KEYS && KNOWS_S0(3))
  fi
}

inline any_of_b(x) {
  if
  :: x = E
  FROM_B(x, s[2].sent >= KEYS && KNOWS_S0(2), s[4].sent >= KEYS && KNOWS_S0(4))
  fi
}

/* Descriptions of both ends pass through the broker: it sets the fingerprint, and names the dialler as it likes. */
inline signal_link(i) {
  if
  :: s[i].fingerprint = MATE(i)
  :: ATTACKED -> s[i].fingerprint = E
  :: ATTACKED -> s[i].fingerprint = TWIN(MATE(i))
  fi;
  if
  :: s[i].address = OWNER(MATE(i))
  :: ATTACKED && !IS_A(i) -> s[i].address = EVE
  fi
}

/*
 * Other layers in a hello: other bytes, and the end of the session. In the faulty protocol they are taken as they come,
 * and the transcript leaves them out.
 */
#ifdef FAULT_LAYERS_NEGOTIATED
#define SAME_LAYERS(i) true
inline shorten_layers(i) {
  if
  :: true
  :: ATTACKED -> s[i].shortened = 1
  fi
}
#else
#define SAME_LAYERS(i) (!s[i].shortened)
inline shorten_layers(i) {
  if
  :: true
  :: ATTACKED && s[i].hello == E -> s[i].shortened = 1
  fi
}
#endif

/* ---- flights 1 and 2 --------------------------------------------------------------------------------------------- */

#define HELLO_COMES(i, j) (IS_IN_REACH(i, j) && s[j].sent >= HELLO)

/*
 * An honest hello to the byte, or the attacker's with its own ephemeral key. (An altered hello with a copied key leads
 * to a DH secret that nobody has: after it nothing opens.)
 */
inline receive_hello_a(b, offers, isFlipped) {
  if
  FROM_A(s[b].hello, HELLO_COMES(b, 1), HELLO_COMES(b, 3))
  :: ATTACKED -> s[b].hello = E
  fi;
  if
  :: s[b].hello != E -> offers = psks[OWNER(s[b].hello)]
  :: else -> /* ids are public; which known one comes first is all that counts */
     if
     :: offers = 0
     :: offers = BIT(PAIR)
     :: offers = BIT(PREVIOUS)
     :: offers = BIT(INVITE)
     fi
  fi;
#ifdef FAULT_BINDER_OUTSIDE
  if
  :: true
  :: s[b].hello != E -> isFlipped = 1 /* other bytes, but nothing hashes them */
  fi;
#endif
  shorten_layers(b)
}

inline receive_hello_b(a) {
  if
  FROM_B(s[a].hello, HELLO_COMES(a, 2), HELLO_COMES(a, 4))
  :: ATTACKED -> s[a].hello = E
  fi;
  if
  :: s[a].hello != E -> s[a].psk = s[s[a].hello].psk
  :: else ->
     if
     :: s[a].psk = NO_PSK
     :: s[a].psk = PAIR
     :: s[a].psk = PREVIOUS
     :: s[a].psk = INVITE
     fi
  fi;
#ifdef FAULT_PSK_OUTSIDE
  if
  :: true
  :: s[a].psk = NO_PSK /* as above */
  fi;
#endif
  shorten_layers(a)
}

/* Binders: a MAC under the PSK over P and the hellos. An honest one fits its own bytes and its own view of P only. */
#define BINDER_A_FITS(b, isFlipped) !isFlipped && (s[b].hello != E -> \
  SAME_P(s[b].hello, b) : \
  KNOWS_PSK(s[b].psk))
#define BINDER_B_FITS(a) (s[a].hello != E -> \
  SAME_P(a, s[a].hello) && s[s[a].hello].hello == (a) : \
  KNOWS_PSK(s[a].psk))

/*
 * After an honest hello, flights open only with the same TH0 (for B so far: the same P). A session that can open
 * nothing more is left where it was: it takes no further step, so nothing is missed. With DH_BROKEN the attacker may
 * go on in it.
 */
#ifdef DH_BROKEN
#define CAN_GO_ON(i, same) true
#else
#define CAN_GO_ON(i, same) (s[i].hello == E && ATTACKED || s[i].hello != E && same)
#endif

/* ---- flights 3 and 4 --------------------------------------------------------------------------------------------- */

/* An ML-KEM key: the attacker may pass on somebody else's. */
inline receive_requests(b) {
  if
  FROM_A(s[b].ek, OPENS(b, 1, KEYS, SAME_TH0(1, b)), OPENS(b, 3, KEYS, SAME_TH0(3, b)))
  :: IS_OPEN(b) -> any_of_a(s[b].ek)
  fi
}

#ifdef FAULT_PREKEYS_NOT_BOUND
#define PREKEY_FITS(a, b) (s[b].sent >= KEYS)
#else
#define PREKEY_FITS(a, b) (s[b].sent >= KEYS && SAME_TH0(a, b))
#endif

/*
 * A device is a public certificate; the prekeys need its holder's signature over TH0, the key package a leaf
 * certificate of its holder. The ciphertext may be the attacker's, or one that was made for any key.
 */
inline receive_keys(a) {
  if
  FROM_B(s[a].keys, OPENS(a, 2, KEYS, SAME_TH0(a, 2)), OPENS(a, 4, KEYS, SAME_TH0(a, 4)))
  :: IS_OPEN(a) -> s[a].keys = E
  FROM_B(s[a].keys, IS_OPEN(a) && PREKEY_FITS(a, 2), IS_OPEN(a) && PREKEY_FITS(a, 4))
  fi;
  if
  :: s[a].keys != E -> s[a].ctBy = s[a].keys
  :: IS_OPEN(a) -> any_of_b(s[a].ctBy)
  fi;
  s[a].peer = (s[a].keys == E -> EVE : OWNER(s[a].keys));
  s[a].ctFor = (s[a].ctBy == E -> a : s[s[a].ctBy].ek)
}

/* ---- flights 5 and 6 --------------------------------------------------------------------------------------------- */

/*
 * A Welcome with an honest leaf is signed by that leaf's owner for this group id (TH0) and encrypted to one key
 * package; the first Signal message needs the static key of its device, and has TH0 as associated data. So with an
 * honest device both are honest, and of this TH0, or they do not open.
 */
inline receive_identity(b) {
  if
  FROM_A(s[b].welcome, OPENS(b, 1, IDENTITY, SAME_TH0(1, b)), OPENS(b, 3, IDENTITY, SAME_TH0(3, b)))
  :: IS_OPEN(b) -> s[b].welcome = E; s[b].peer = EVE
#ifdef FAULT_COMMIT_BEFORE_FINISH
  :: IS_OPEN(b) -> s[b].welcome = E; s[b].peer = OTHER(OWNER(b)) /* a certificate, and nothing behind it is looked at */
#endif
  fi;
  if
  :: s[b].welcome != E -> s[b].peer = OWNER(s[b].welcome)
  :: else
  fi
}

/* Join and open: the Welcome and the first Signal message are for the very keys of this session. */
#define LAYERS_OPEN(b) (s[b].welcome == E || s[s[b].welcome].keys == (b))

/*
 * Finishes: a signature of the identity over the transcript, and a MAC under a key from M. An honest one fits where
 * the transcript is the same; the attacker's own is under its own identity, and needs M.
 */
#define FINISH_A_FITS(b) (s[b].welcome != E -> FINISH_COVERS(s[b].welcome, b) : KNOWS_M(b))

/* B's signature and MAC, and the epoch authenticator of A's group. */
#define CONFIRMS(a, b) (IS_IN_REACH(a, b) && s[a].peer == OWNER(b) && s[b].sent == READY && \
  SAME_TH0(a, b) && SAME_MLS(a, b) && FINISH_COVERS(a, b))

inline receive_confirmation(a) {
  (CONFIRMS(a, 2) || CONFIRMS(a, 4) || IS_OPEN(a) && s[a].peer == EVE && KNOWS_M(a))
}
