/* What must hold, at the step where it could break. Numbers are for -DONLY. */
#define AGREE_ON_IDENTITIES 1
#define AGREE_ON_FINGERPRINTS 2
#define AGREE_ON_ADDRESSES 3
#define AGREE_ON_LAYERS 4
#define AGREE_ON_PSK 5
#define AGREE_ON_KEYS 6
#define KEYS_ARE_SECRET 7
#define EXPECTED_IDENTITY 8
#define NO_SHARED_KEY_WITH_A_THIRD 9
#define NO_DOWNGRADE 10
#define NO_FALLBACK 11
#define ANSWERS_PROOF_OR_CONSENT 12
#define DIALLER_IS_HIDDEN 13
#define ANSWERER_IS_HIDDEN 14
#define INVITE_IS_USED_BY_A_FINISH 15
#define INVITE_HAS_ONE_USER 16
#define PINNED_KEY_STAYS 17
#define NOTHING_HONEST_IS_REFUSED 18
#define NOBODY_GETS_READY 19
#define NOBODY_IN_THE_MIDDLE 20

hidden byte agree_on_identities = SILENT(AGREE_ON_IDENTITIES);
hidden byte agree_on_fingerprints = SILENT(AGREE_ON_FINGERPRINTS);
hidden byte agree_on_addresses = SILENT(AGREE_ON_ADDRESSES);
hidden byte agree_on_layers = SILENT(AGREE_ON_LAYERS);
hidden byte agree_on_psk = SILENT(AGREE_ON_PSK);
hidden byte agree_on_keys = SILENT(AGREE_ON_KEYS);
hidden byte keys_are_secret = SILENT(KEYS_ARE_SECRET);
hidden byte expected_identity = SILENT(EXPECTED_IDENTITY);
hidden byte no_shared_key_with_a_third = SILENT(NO_SHARED_KEY_WITH_A_THIRD);
hidden byte no_downgrade = SILENT(NO_DOWNGRADE);
hidden byte no_fallback = SILENT(NO_FALLBACK);
hidden byte answers_proof_or_consent = SILENT(ANSWERS_PROOF_OR_CONSENT);
hidden byte dialler_is_hidden = SILENT(DIALLER_IS_HIDDEN);
hidden byte answerer_is_hidden = SILENT(ANSWERER_IS_HIDDEN);
hidden byte invite_is_used_by_a_finish = SILENT(INVITE_IS_USED_BY_A_FINISH);
hidden byte invite_has_one_user = SILENT(INVITE_HAS_ONE_USER);
hidden byte pinned_key_stays = SILENT(PINNED_KEY_STAYS);
hidden byte nothing_honest_is_refused = SILENT(NOTHING_HONEST_IS_REFUSED);
hidden byte nobody_gets_ready = UNSOUGHT(NOBODY_GETS_READY);
hidden byte nobody_in_the_middle = UNSOUGHT(NOBODY_IN_THE_MIDDLE);

/*
 * Agreement at Ready of `self` (and so at its commit), whose peer is honest: session `mate`, which sent the hello, is the
 * peer's, has this session's hello, and has gone as far as the flight that `self` got. `dialler` and
 * `answerer` are the two in their roles.
 */
inline claim_agreement(self, mate, dialler, answerer) {
  CLAIM(agree_on_identities, mate != E && OWNER(mate) == s[self].peer && s[mate].hello == self && s[mate].peer == OWNER(self));
  CLAIM(agree_on_fingerprints, mate != E && SAME_FINGERPRINTS(dialler, answerer));
  CLAIM(agree_on_addresses, mate != E && SAME_ADDRESSES(dialler, answerer));
  CLAIM(agree_on_layers, !s[self].shortened && mate != E && !s[mate].shortened);
  CLAIM(agree_on_psk, mate != E && s[mate].psk == s[self].psk);
  CLAIM(agree_on_keys, mate != E && SAME_EXPORTS(dialler, answerer));
  CLAIM(keys_are_secret, !KNOWS_MLS(self) && !KNOWS_SIGNAL(self) && !KNOWS_KEM(self));
  /* The best PSK that both hold, or none that both hold. */
  CLAIM(no_downgrade, mate != E && s[self].psk == FIRST(psks[ALICE] & psks[BOB]))
}

/* Ready with the attacker under its own identity: nobody else is in it. The safety number shows it (CC-ID-08). */
inline claim_attacker_alone(self) {
  CLAIM(no_shared_key_with_a_third, KNOWS_MLS(self) && KNOWS_SIGNAL(self) && KNOWS_KEM(self));
  CLAIM(agree_on_layers, !s[self].shortened)
}

/* Who may be Ready with this session: with first use whom the person lets in, else who the secret belongs to. */
#if KIND == 0
#define IS_EXPECTED(i) true
#else
#define IS_EXPECTED(i) (s[i].peer == OTHER(OWNER(i)) || \
  !IS_A(i) && s[i].psk == NO_PSK && s[i].consent || \
  !IS_A(i) && s[i].psk == INVITE && KNOWS_PSK(INVITE))
#endif

inline claim_ready(self, mate, dialler, answerer) {
  CLAIM(expected_identity, s[self].peer != OWNER(self) && IS_EXPECTED(self));
  if
  :: s[self].peer == EVE -> claim_attacker_alone(self)
  :: else -> claim_agreement(self, mate, dialler, answerer)
  fi
}

/* An invite that counts as used was used by an identity whose finish verified. */
#define USED_IT(i) (s[i].sent == READY && s[i].psk == INVITE && s[i].peer == inviteUsedBy)
#define CLAIM_INVITE CLAIM(invite_is_used_by_a_finish, inviteUsedBy == NOBODY || USED_IT(2) || USED_IT(4))

/* Goals. The second is what first use alone cannot prevent, and the safety number shows (CC-ID-08). */
#ifndef GOAL_PSK
#define GOAL_PSK NO_PSK
#endif
#define CLAIM_GOALS(i) \
  CLAIM(nobody_gets_ready, !IS_A(i) || s[i].peer == EVE || s[i].psk != GOAL_PSK); \
  CLAIM(nobody_in_the_middle, s[1].sent != READY || s[1].peer != EVE || s[2].sent != READY || s[2].peer != EVE)
