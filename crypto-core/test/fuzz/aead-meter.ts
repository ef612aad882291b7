/** How deep a group message came: counted by the AEAD openings of the MLS suite that it caused. */
import { loadMlsSuite } from '../../mls/suite.ts';

/** In the order in which a message passes them. */
export const GROUP_STAGES = [
  'MLS group: framing',
  'MLS group: AEAD of the sender data',
  'MLS group: AEAD of the content',
  'MLS group: inside',
] as const;
export type GroupStage = (typeof GROUP_STAGES)[number];

/** Our code and the library open the sender data once each, before either opens the content. */
const SENDER_DATA_OPENINGS = 2;

/** Runs `receive`, and says behind which stage it did not get. One at a time. */
export async function meterAead<Result>(
  receive: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly stage: GroupStage }> {
  const { hpke } = await loadMlsSuite();
  const { decryptAead } = hpke;
  let [asked, opened] = [0, 0];
  hpke.decryptAead = async (...input) => {
    asked++;
    const plaintext = await decryptAead(...input);
    opened++;
    return plaintext;
  };
  try {
    const result = await receive();
    return { result, stage: stageOf(asked, opened) };
  } finally {
    hpke.decryptAead = decryptAead;
  }
}

function stageOf(asked: number, opened: number): GroupStage {
  if (asked === 0) return GROUP_STAGES[0];
  if (opened === 0) return GROUP_STAGES[1];
  return opened <= SENDER_DATA_OPENINGS ? GROUP_STAGES[2] : GROUP_STAGES[3];
}
