/**
 * `import 'dsim/vitest'`: the matchers of `dsim/test` for vitest's `expect`, with their types. Kept
 * as it is: it takes the vitest of the project that imports it.
 */
import { expect } from 'vitest';
import { matchers } from './test.js';

expect.extend(matchers);
