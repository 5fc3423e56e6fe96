/** What Node is started with in each function. */
export const nodeOptions = '--enable-source-maps';

/**
 * A load is a stream of pieces that live shortly. Left alone, V8 lets the young generation grow to 100 MB for them, and frees their bytes
 * late; `docs/performance.md` has the figures. The unit is MiB. A flag on the command line of the runtime would count before this one.
 */
export const loadNodeOptions = `${nodeOptions} --max-semi-space-size=4`;
