/**
 * A picture from an identity key: four tiles of plain geometry in two tones of one hue. It helps to tell people
 * apart at a glance. It proves nothing: only the safety number compares keys.
 */

/** What fills one quarter of the picture; the same quarter may be turned. */
const TILE_PATHS = [
  'M0 0H20A20 20 0 0 1 0 20Z', // quarter disc in the corner
  'M20 0V20H0A20 20 0 0 1 20 0Z', // quarter disc, other corner
  'M0 0H20L0 20Z', // triangle
  'M0 0H20V10H0Z', // half
  'M10 2A8 8 0 1 1 10 18A8 8 0 1 1 10 2Z', // disc
  'M0 20A10 10 0 0 1 20 20Z', // half disc
] as const;

export interface IdenticonTile {
  readonly path: string;
  /** Places and turns the 20 × 20 tile within the 40 × 40 picture. */
  readonly transform: string;
  readonly fill: string;
}

export interface Identicon {
  readonly background: string;
  readonly tiles: readonly IdenticonTile[];
}

const TILE_ORIGINS = ['0 0', '20 0', '0 20', '20 20'] as const;

/** Deterministic. `key` has 32 bytes; shorter input is read as zeros. */
export function identicon(key: Uint8Array): Identicon {
  const byte = (index: number): number => key[index] ?? 0;
  const hue = Math.round((((byte(0) << 8) | byte(1)) / 65_536) * 360);
  const tiles = TILE_ORIGINS.map((origin, index) => {
    const [x = '0', y = '0'] = origin.split(' ');
    const turn = (byte(6 + index) % 4) * 90;
    return {
      path: TILE_PATHS[byte(2 + index) % TILE_PATHS.length]!,
      transform: `translate(${x} ${y}) rotate(${turn} 10 10)`,
      fill: tone(hue, byte(10 + index)),
    };
  });
  return { background: `hsl(${hue} 42% 84%)`, tiles };
}

function tone(hue: number, choice: number): string {
  const near = (hue + 34) % 360;
  const tones = [`hsl(${hue} 48% 42%)`, `hsl(${hue} 52% 56%)`, `hsl(${near} 50% 50%)`];
  return tones[choice % tones.length]!;
}
