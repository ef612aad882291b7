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
export { failureText } from './report.ts';
