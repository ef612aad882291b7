/** What other parts share with the boot script: the build lists the probe, tests read the words. */
export { diagnose, type ModuleFailure } from './diagnose.ts';
export {
  controlIntegrity,
  controlUrl,
  enforcesIntegrity,
  probeUrl,
  wrongIntegrity,
} from './integrity-probe.ts';
export { readPageMap, specifiersOnPage, type PageMap } from './page-map.ts';
export { failureText, failureTexts } from './report.ts';
export { importMapText, type ReleaseMap } from './release-map.ts';
export { stampOf } from './release-stamp.ts';
