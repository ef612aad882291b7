/**
 * What is checked: models in their variants, planted faults, and goals that must be reached. README.md explains the
 * variants; the claims are named in the models.
 */

/** A file of this folder, without its ending. */
export type ModelName = 'handshake' | 'pair-secrets' | 'glare' | 'rotation';

/** One run of Spin. */
export interface ModelCase {
  readonly model: ModelName;
  /** As for the C preprocessor, without `-D`. */
  readonly defines: readonly string[];
  /** What this variant is, as part of a sentence. */
  readonly title: string;
  /**
   * Whether a state in which nothing moves any more, and somebody waits, is an error. The attacker may always let
   * sessions wait; so this is checked where it is absent, or where timers run.
   */
  readonly forbidsDeadlock: boolean;
  /** Millions of steps: worth an optimised checker. */
  readonly isLarge?: boolean;
}

/** A fault that must be found, or a goal that must be reached, by the violation of one claim. */
export interface ViolationCase extends ModelCase {
  /** Name of the claim, as in the model. */
  readonly claim: string;
}

const handshake = (title: string, ...defines: readonly string[]): ModelCase => ({
  model: 'handshake',
  defines,
  title,
  forbidsDeadlock: defines.includes('HONEST'),
});

const others =
  (model: 'pair-secrets' | 'glare' | 'rotation') =>
  (title: string, ...defines: readonly string[]): ModelCase => ({
    model,
    defines,
    title,
    forbidsDeadlock: true,
  });
const pairSecrets = others('pair-secrets');
const glare = others('glare');
const rotation = others('rotation');

const large = (modelCase: ModelCase): ModelCase => ({ ...modelCase, isLarge: true });

const AT_ONCE = ['AT_ONCE=2', 'SLOW_HELLO'] as const;

/** Every claim holds, no deadlock, search complete. */
export const holding: readonly ModelCase[] = [
  large(handshake('first use, attacked, two connections one way', 'KIND=0')),
  large(handshake('first use, attacked, two connections that cross', 'KIND=0', 'CROSS')),
  handshake('first use, attacked, X25519 broken', 'KIND=0', 'SINGLE', 'DH_BROKEN'),
  handshake('an invite, attacked, two connections', 'KIND=1'),
  handshake('an invite that the attacker holds too', 'KIND=1', 'KNOWS_INVITE'),
  handshake(
    'an invite that the attacker holds, X25519 broken',
    'KIND=1',
    'SINGLE',
    'KNOWS_INVITE',
    'DH_BROKEN',
  ),
  handshake('pair secrets, attacked, two connections one way', 'KIND=2'),
  handshake('pair secrets, attacked, two connections that cross', 'KIND=2', 'CROSS'),
  large(handshake('a stolen pair secret, connections that cross', 'KIND=2', 'CROSS', 'KNOWS_PAIR')),
  handshake('a stolen previous pair secret', 'KIND=2', 'SINGLE', 'KNOWS_PREVIOUS'),
  handshake('a stolen pair secret, X25519 broken', 'KIND=2', 'SINGLE', 'KNOWS_PAIR', 'DH_BROKEN'),
  handshake('first use, nobody interferes', 'KIND=0', 'CROSS', 'HONEST'),
  handshake('an invite, nobody interferes', 'KIND=1', 'HONEST'),
  handshake('pair secrets, nobody interferes', 'KIND=2', 'CROSS', 'HONEST'),
  pairSecrets('first use, handshakes cut off anywhere', 'FIRST_KIND=0', 'HANDSHAKES=5', 'AT_ONCE=1'),
  pairSecrets('an invite, handshakes cut off anywhere', 'FIRST_KIND=1', 'HANDSHAKES=5', 'AT_ONCE=1'),
  pairSecrets(
    'a pair secret, handshakes cut off anywhere',
    'FIRST_KIND=2',
    'HANDSHAKES=5',
    'AT_ONCE=1',
    'SLOW_HELLO',
  ),
  large(pairSecrets('first use, two handshakes at once', 'FIRST_KIND=0', 'HANDSHAKES=4', ...AT_ONCE)),
  large(pairSecrets('an invite, two handshakes at once', 'FIRST_KIND=1', 'HANDSHAKES=4', ...AT_ONCE)),
  large(
    pairSecrets(
      'a pair secret, two handshakes at once, their ends open at any moment',
      'FIRST_KIND=2',
      'HANDSHAKES=4',
      ...AT_ONCE,
      'SLOW_OPEN',
    ),
  ),
  glare('both dial at once', 'LINKS=2', 'CUTS=0', 'RELOADS=0', 'STRANGERS=0'),
  glare('both dial, a link breaks', 'LINKS=4', 'CUTS=1', 'RELOADS=0', 'STRANGERS=0'),
  glare('both dial, a page is lost', 'LINKS=4', 'CUTS=0', 'RELOADS=1', 'STRANGERS=0'),
  glare('both dial, a stranger uses the address', 'LINKS=4', 'CUTS=0', 'RELOADS=0', 'STRANGERS=1'),
  glare('both dial, messages are held back', 'LINKS=4', 'CUTS=0', 'RELOADS=0', 'STRANGERS=0', 'LATE'),
  rotation('rotations and ML-KEM turns at any moment', 'CAPACITY=8', 'DATA=1', 'ROTATIONS=2', 'TURNS=2'),
  rotation('a rotation, attacked', 'CAPACITY=3', 'DATA=2', 'ROTATIONS=1', 'TURNS=0', 'ATTACKED'),
  rotation('an ML-KEM turn, attacked', 'CAPACITY=3', 'DATA=1', 'ROTATIONS=0', 'TURNS=1', 'ATTACKED'),
];

const ONE_TURN = ['CAPACITY=8', 'DATA=1', 'ROTATIONS=0', 'TURNS=2'] as const;
const ONE_ROTATION = ['CAPACITY=8', 'DATA=1', 'ROTATIONS=1', 'TURNS=0'] as const;
const RECORD_LAYER = ['CAPACITY=3', 'DATA=1', 'ROTATIONS=1', 'TURNS=0', 'ATTACKED', 'WITHOUT_MLS'] as const;
const TWO_LINKS = ['LINKS=2', 'CUTS=0', 'RELOADS=0', 'STRANGERS=0'] as const;
const AFTER_A_CRASH = ['FIRST_KIND=2', 'HANDSHAKES=3', 'AT_ONCE=1'] as const;

const found = (claim: string, base: ModelCase): ViolationCase => ({ ...base, claim });

/** Planted faults; each is found by the claim that it breaks. */
export const faults: readonly ViolationCase[] = [
  found(
    'agree_on_fingerprints',
    handshake(
      'fingerprints left out of transcript and binders',
      'KIND=0',
      'SINGLE',
      'FAULT_FINGERPRINT_OUTSIDE',
    ),
  ),
  found(
    'agree_on_fingerprints',
    handshake('fingerprints left out, with pair secrets', 'KIND=2', 'SINGLE', 'FAULT_FINGERPRINT_OUTSIDE'),
  ),
  found(
    'agree_on_addresses',
    handshake('peer ids left out of the transcript', 'KIND=0', 'SINGLE', 'FAULT_ADDRESS_OUTSIDE'),
  ),
  found(
    'agree_on_layers',
    handshake(
      'layers negotiated, and left out of the transcript',
      'KIND=0',
      'SINGLE',
      'FAULT_LAYERS_NEGOTIATED',
    ),
  ),
  found(
    'no_shared_key_with_a_third',
    handshake('finish before the layer exports', 'KIND=0', 'SINGLE', 'FAULT_FINISH_BEFORE_EXPORTS'),
  ),
  found(
    'agree_on_keys',
    handshake(
      'finish before the exports, X25519 broken',
      'KIND=0',
      'SINGLE',
      'DH_BROKEN',
      'FAULT_FINISH_BEFORE_EXPORTS',
    ),
  ),
  found(
    'keys_are_secret',
    handshake(
      'finish before the exports, X25519 broken',
      'KIND=0',
      'SINGLE',
      'DH_BROKEN',
      'FAULT_FINISH_BEFORE_EXPORTS',
    ),
  ),
  found(
    'invite_is_used_by_a_finish',
    handshake('invite burnt at hello', 'KIND=1', 'SINGLE', 'FAULT_INVITE_BURNT_AT_HELLO'),
  ),
  found(
    'invite_has_one_user',
    handshake(
      'no second look in the transaction, with an invite',
      'KIND=1',
      'KNOWS_INVITE',
      'FAULT_NO_SECOND_LOOK',
    ),
  ),
  found('pinned_key_stays', handshake('no second look in the transaction', 'KIND=0', 'FAULT_NO_SECOND_LOOK')),
  found(
    'no_fallback',
    handshake('wrong binder falls back to kind 0', 'KIND=2', 'SINGLE', 'FAULT_BINDER_FALLBACK'),
  ),
  found(
    'no_downgrade',
    handshake('fallback, and binders left out of the transcript', 'KIND=2', 'SINGLE', 'FAULT_BINDER_OUTSIDE'),
  ),
  found(
    'answers_proof_or_consent',
    handshake('binder not checked', 'KIND=2', 'SINGLE', 'FAULT_BINDER_UNCHECKED'),
  ),
  found(
    'agree_on_psk',
    handshake('PSK left out of transcript and keys', 'KIND=2', 'SINGLE', 'FAULT_PSK_OUTSIDE'),
  ),
  found('answerer_is_hidden', handshake('consent not asked', 'KIND=2', 'SINGLE', 'FAULT_CONSENT_NOT_ASKED')),
  found(
    'dialler_is_hidden',
    handshake("dialler's identity sent before it authorized", 'KIND=2', 'SINGLE', 'FAULT_IDENTITY_EARLY'),
  ),
  found(
    'dialler_is_hidden',
    handshake('prekeys not bound to the session', 'KIND=2', 'SINGLE', 'FAULT_PREKEYS_NOT_BOUND'),
  ),
  found('expected_identity', handshake('any identity may answer', 'KIND=2', 'SINGLE', 'FAULT_ANY_ANSWERER')),
  found(
    'expected_identity',
    handshake('any identity may use a pair secret', 'KIND=2', 'SINGLE', 'KNOWS_PAIR', 'FAULT_ANY_DIALLER'),
  ),
  found(
    'agree_on_identities',
    handshake('commit before the finish is verified', 'KIND=0', 'SINGLE', 'FAULT_COMMIT_BEFORE_FINISH'),
  ),
  found(
    'a_common_secret_is_found',
    pairSecrets('previous pair secret not kept', ...AFTER_A_CRASH, 'FAULT_PREVIOUS_DROPPED'),
  ),
  found(
    'a_common_secret_is_found',
    pairSecrets('previous pair secret dropped at the commit', ...AFTER_A_CRASH, 'FAULT_CONFIRMED_AT_COMMIT'),
  ),
  found(
    'a_common_secret_stays',
    pairSecrets('siblings dropped', 'FIRST_KIND=2', 'HANDSHAKES=3', 'AT_ONCE=2', 'FAULT_SIBLINGS_DROPPED'),
  ),
  found(
    'a_common_secret_stays',
    pairSecrets(
      'the rule before: of two first handshakes the late one drops what a third made',
      'FIRST_KIND=0',
      'HANDSHAKES=3',
      'AT_ONCE=2',
      'FAULT_BY_GENERATION',
    ),
  ),
  found(
    'a_common_secret_is_found',
    pairSecrets(
      'the rule before: a hello that is overtaken by a whole handshake finds no secret',
      'FIRST_KIND=2',
      'HANDSHAKES=3',
      ...AT_ONCE,
      'FAULT_BY_GENERATION',
    ),
  ),
  found(
    'a_common_secret_stays',
    pairSecrets(
      'the rule before: the first frame of a sibling drops the child of the other',
      'FIRST_KIND=2',
      'HANDSHAKES=4',
      'AT_ONCE=2',
      'FAULT_BY_GENERATION',
    ),
  ),
  found(
    'a_common_secret_is_found',
    pairSecrets(
      'a replaced pair secret forgotten at once',
      'FIRST_KIND=2',
      'HANDSHAKES=3',
      ...AT_ONCE,
      'FAULT_FORGOTTEN_AT_ONCE',
    ),
  ),
  found(
    'a_common_secret_stays',
    pairSecrets(
      'a commit without a common secret drops the others',
      'FIRST_KIND=0',
      'HANDSHAKES=3',
      'AT_ONCE=2',
      'FAULT_NOTHING_IN_COMMON_DROPS',
    ),
  ),
  found(
    'a_common_secret_stays',
    pairSecrets(
      'the oldest of four goes, proven or not',
      'FIRST_KIND=0',
      'HANDSHAKES=4',
      'AT_ONCE=2',
      'FAULT_OLDEST_GOES',
    ),
  ),
  found('one_session_stays', glare('both sides decide', ...TWO_LINKS, 'FAULT_BOTH_DECIDE')),
  found(
    'a_live_one_is_kept',
    glare('the older connection wins', 'LINKS=4', 'CUTS=0', 'RELOADS=1', 'STRANGERS=0', 'FAULT_OLDER_WINS'),
  ),
  found(
    'ready_is_displaced_by_ready',
    glare(
      'a link displaces before it is Ready',
      'LINKS=4',
      'CUTS=0',
      'RELOADS=0',
      'STRANGERS=1',
      'FAULT_OPEN_DISPLACES',
    ),
  ),
  found(
    'every_frame_opens',
    rotation('sender switches with its own half alone', ...ONE_ROTATION, 'FAULT_SWITCH_WITH_OWN_HALF'),
  ),
  found(
    'every_frame_opens',
    rotation('sender switches before it sent its half', ...ONE_ROTATION, 'FAULT_SWITCH_BEFORE_OWN_HALF'),
  ),
  found(
    'every_frame_opens',
    rotation('receiver drops the old key too early', ...ONE_ROTATION, 'FAULT_OLD_KEY_DROPPED'),
  ),
  found('every_frame_opens', rotation('ML-KEM offers without turns', ...ONE_TURN, 'FAULT_NO_TURNS')),
  found(
    'every_frame_opens',
    rotation('answerer moves both directions', ...ONE_TURN, 'FAULT_ANSWERER_MOVES_BOTH'),
  ),
  found('opens_the_peers_frames', rotation('one key for both directions', ...RECORD_LAYER, 'FAULT_ROLELESS')),
  found('opens_a_frame_once', rotation('counters not checked', ...RECORD_LAYER, 'FAULT_REPEATED_COUNTER')),
  found(
    'opens_without_a_gap',
    rotation(
      'generations of MLS not checked',
      'CAPACITY=3',
      'DATA=2',
      'ROTATIONS=1',
      'TURNS=0',
      'ATTACKED',
      'WITHOUT_MLS',
    ),
  ),
];

/** States that must be reached, so that the claims are about something. */
export const goals: readonly ViolationCase[] = [
  found(
    'nobody_gets_ready',
    handshake('both are Ready after first use', 'KIND=0', 'SINGLE', 'GOAL_PSK=NO_PSK'),
  ),
  found(
    'nobody_gets_ready',
    handshake('both are Ready with an invite', 'KIND=1', 'SINGLE', 'GOAL_PSK=INVITE'),
  ),
  found(
    'nobody_gets_ready',
    handshake('both are Ready with the pair secret', 'KIND=2', 'SINGLE', 'GOAL_PSK=PAIR'),
  ),
  found(
    'nobody_gets_ready',
    handshake('both are Ready with the previous one', 'KIND=2', 'SINGLE', 'GOAL_PSK=PREVIOUS'),
  ),
  found(
    'nobody_gets_ready',
    handshake('both are Ready after one lost its secrets', 'KIND=2', 'SINGLE', 'GOAL_PSK=NO_PSK'),
  ),
  found(
    'nobody_in_the_middle',
    handshake('on first use somebody sits in the middle, under another identity', 'KIND=0', 'SINGLE'),
  ),
  found(
    'newest_is_always_taken',
    pairSecrets('an earlier pair secret serves after a crash', ...AFTER_A_CRASH),
  ),
  found('no_two_at_once', glare('two sessions are Ready at once', ...TWO_LINKS)),
  found(
    'no_key_renewed',
    rotation('every renewal completes', 'CAPACITY=8', 'DATA=1', 'ROTATIONS=2', 'TURNS=2'),
  ),
];
