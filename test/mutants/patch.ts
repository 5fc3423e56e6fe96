/** Loaded before anything else (`node --import`): changes one source file of the project by a mutant, in this process only. */
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { mutants } from './mutants.ts';

const mutant = mutants.find(({ name }) => name === process.env['MUTANT']);
if (mutant === undefined) throw new Error(`There is no mutant "${process.env['MUTANT']}".`);
const root = fileURLToPath(new URL('../../', import.meta.url));

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    if (!url.startsWith('file:') || fileURLToPath(url) !== `${root}${mutant.file}`) return loaded;
    const source = String(loaded.source);
    return { ...loaded, source: source.replace(mutant.find, () => mutant.replace) };
  },
});
