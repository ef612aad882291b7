/**
 * Does this browser enforce the integrity of import maps? The page's map gives the right hash for one `data:`
 * module and a wrong one for another. A `data:` module needs no server, so no mirror can make the answer come
 * out wrong. Both have a hash so that a policy of hashes alone can admit them.
 */

export const controlUrl = 'data:text/javascript,1';
/** SHA-384 of the control's one byte. */
export const controlIntegrity = 'sha384-R/BdNnsMMuQ4+2Pmz0pfNcKqL5DcdUP4pBoPlc6KQKMTq1zzYTSiBoxMlpy1Dbd2';
export const probeUrl = 'data:text/javascript,0';
/** SHA-384 of nothing: not the hash of the probe. */
export const wrongIntegrity = 'sha384-OLBgp1GsljhM2TJ+sbHjaiH9txEUvgdDTAzHv2P24donTt6/529l+9Ua0vFImLlb';

/** True only when it is proven: the module with the right hash ran and the one with the wrong hash did not. */
export async function enforcesIntegrity(load: (url: string) => Promise<unknown>): Promise<boolean> {
  const runs = (url: string) =>
    load(url).then(
      () => true,
      () => false,
    );
  const [control, probe] = await Promise.all([runs(controlUrl), runs(probeUrl)]);
  return control && !probe;
}
