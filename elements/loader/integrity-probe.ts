/**
 * Does this browser enforce the integrity of import maps? The page's map gives a wrong hash for one `data:`
 * module and none for another. A `data:` module needs no server, so no mirror can make the answer come out wrong.
 */

/** Listed in every generated map with `wrongIntegrity`. */
export const probeUrl = 'data:text/javascript,0';
/** SHA-384 of nothing: never the hash of `probeUrl`. */
export const wrongIntegrity = 'sha384-OLBgp1GsljhM2TJ+sbHjaiH9txEUvgdDTAzHv2P24donTt6/529l+9Ua0vFImLlb';
/** Not listed: it must run, else the page's CSP refuses `data:` modules and nothing has been learned. */
export const controlUrl = 'data:text/javascript,1';

/** True only when it is proven: the unlisted module ran and the one with the wrong hash did not. */
export async function enforcesIntegrity(load: (url: string) => Promise<unknown>): Promise<boolean> {
  const runs = (url: string) =>
    load(url).then(
      () => true,
      () => false,
    );
  const [control, probe] = await Promise.all([runs(controlUrl), runs(probeUrl)]);
  return control && !probe;
}
