/** A worker of the tests starts: its imports may be TypeScript, and its stacks name their lines. */
import { register } from 'node:module';

process.setSourceMapsEnabled(true);
register('./native-modules.mjs', import.meta.url);
