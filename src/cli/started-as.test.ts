import { describe, expect, test } from 'vitest';
import { type Start, startedAs } from './started-as.ts';

const root = '/lib/dsim';
const launcher = '/lib/dsim/bin/dsim.js';

/** A machine with these files; those of `links` are another one in truth. */
function startOn(links: { readonly [path: string]: string }, more: Partial<Start> = {}): Start {
  const files = [root, launcher, '/usr/bin/node'];
  return {
    root,
    cwd: '/home/a',
    path: '/usr/bin:/bin',
    node: '/usr/bin/node',
    real: (path) => links[path] ?? (files.includes(path) ? path : null),
    ...more,
  };
}

describe('the words that start this dsim again', () => {
  test.each<readonly [string, Start, string]>([
    ['on the PATH', startOn({ '/bin/dsim': launcher }), 'dsim'],
    [
      'another one on the PATH',
      startOn({ '/usr/bin/dsim': '/opt/other/bin/dsim.js', '/bin/dsim': launcher }),
      'node /lib/dsim/bin/dsim.js',
    ],
    [
      'installed in the folder',
      startOn({ '/home/a/node_modules/.bin/dsim': launcher, '/home/a/node_modules/dsim': root }),
      'npx --no-install dsim',
    ],
    [
      'installed above the folder, by a package manager whose commands are scripts',
      startOn({
        '/home/node_modules/.bin/dsim': '/home/node_modules/.bin/dsim',
        '/home/node_modules/dsim': root,
      }),
      'npx --no-install dsim',
    ],
    [
      'another one installed nearer',
      startOn({
        '/home/a/node_modules/.bin/dsim': '/x/bin/dsim.js',
        '/home/a/node_modules/dsim': '/x',
        '/home/node_modules/.bin/dsim': launcher,
        '/home/node_modules/dsim': root,
      }),
      'node /lib/dsim/bin/dsim.js',
    ],
    [
      'under npx, whose folders are not on the PATH of the user',
      startOn(
        { '/cache/_npx/1/node_modules/.bin/dsim': launcher },
        { path: '/cache/_npx/1/node_modules/.bin:/usr/bin' },
      ),
      'node /lib/dsim/bin/dsim.js',
    ],
    ['in a clone', startOn({}, { cwd: root }), 'node bin/dsim.js'],
    ['below a clone', startOn({}, { cwd: '/lib/dsim/docs/a' }), 'node ../../bin/dsim.js'],
    [
      'by a Node that the PATH does not have',
      startOn({}, { cwd: root, node: "/opt/it's/node" }),
      `'/opt/it'\\''s/node' bin/dsim.js`,
    ],
    ['nowhere', startOn({}, { root: null }), 'dsim'],
  ])('%s', (_where, start, words) => {
    expect(startedAs(start)).toBe(words);
  });
});
