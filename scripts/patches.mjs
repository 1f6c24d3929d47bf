/**
 * What the build changes in packages, and in one module of its own, so that a start pays for
 * nothing that it does not use. Each is a plugin of esbuild.
 */
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** The code and style of pages, as the program asks for them. */
export const PAGE = 'dsim:page';

/** @returns {import('esbuild').Plugin[]} */
export function patches() {
  return [
    shortManifest(),
    pageApart(),
    lateChildProcess(),
    blindChalk(),
    plainTables(),
    fewEmoji(),
    readsYamlOnly(),
    seededOnly(),
  ];
}

/**
 * Of `package.json` the program has what it reads.
 *
 * @returns {import('esbuild').Plugin}
 */
function shortManifest() {
  return {
    name: 'short-manifest',
    setup(build) {
      build.onLoad({ filter: /[\\/]package\.json$/ }, ({ path }) => {
        const text = readFileSync(path, 'utf8');
        const { name, version, dependencies } = JSON.parse(text);
        if (name !== 'dsim') return null;
        return { contents: JSON.stringify({ version, dependencies }), loader: 'json' };
      });
    },
  };
}

/**
 * Leaves the code of pages to a file of its own, which is read when a page is written.
 *
 * @returns {import('esbuild').Plugin}
 */
function pageApart() {
  return {
    name: 'page-apart',
    setup(build) {
      build.onLoad({ filter: /[\\/]cli[\\/]page-code\.ts$/ }, () => ({
        contents: `export const pageCode = () => require('${PAGE}');
export const partSource = (name) => require('dsim-source:' + name);`,
      }));
      build.onResolve({ filter: new RegExp(`^${PAGE}$`) }, ({ path }) => ({
        path,
        external: true,
      }));
    },
  };
}

/**
 * commander loads `child_process`, which costs three hundredths of a Node start, for commands kept
 * in files of their own. There are none here, so it is loaded when it is first asked for.
 *
 * @returns {import('esbuild').Plugin}
 */
function lateChildProcess() {
  const eager = "const childProcess = require('node:child_process');";
  const late =
    "const childProcess = { get spawn() { return require('node:child_process').spawn; } };";
  return {
    name: 'late-child-process',
    setup(build) {
      build.onLoad({ filter: /[\\/]commander[\\/]lib[\\/]command\.js$/ }, ({ path }) => {
        const contents = readFileSync(path, 'utf8');
        if (!contents.includes(eager)) throw new Error(`${path} no longer has: ${eager}`);
        return { contents: contents.replace(eager, late), loader: 'js' };
      });
    },
  };
}

/**
 * chalk looks at the terminal when it is loaded, and loads `os` and `tty` for it. What colours
 * there are is decided here (`terminal.ts`) and handed to it.
 *
 * @returns {import('esbuild').Plugin}
 */
function blindChalk() {
  return {
    name: 'blind-chalk',
    setup(build) {
      build.onResolve({ filter: /^#supports-color$/ }, ({ path }) => ({
        path,
        namespace: 'blind-chalk',
      }));
      build.onLoad({ filter: /.*/, namespace: 'blind-chalk' }, () => ({
        contents: 'export default { stdout: false, stderr: false };',
      }));
    },
  };
}

/**
 * cli-table3 has another package paint what it draws, if it is told to. Here it never is.
 *
 * @returns {import('esbuild').Plugin}
 */
function plainTables() {
  return {
    name: 'plain-tables',
    setup(build) {
      build.onResolve({ filter: /^@colors\/colors\/safe$/ }, ({ path }) => ({
        path,
        namespace: 'plain-tables',
      }));
      build.onLoad({ filter: /.*/, namespace: 'plain-tables' }, () => ({
        contents: 'module.exports = {};',
      }));
    },
  };
}

/**
 * How wide an emoji is, cli-table3 asks a pattern that lists all of them. V8 knows them as well.
 *
 * @returns {import('esbuild').Plugin}
 */
function fewEmoji() {
  return {
    name: 'few-emoji',
    setup(build) {
      build.onLoad({ filter: /[\\/]emoji-regex[\\/]index\.js$/ }, () => ({
        contents:
          'module.exports = () => /\\p{Emoji_Presentation}\\p{Emoji_Modifier}?|\\p{Emoji}\\uFE0F/gu;',
      }));
    },
  };
}

/**
 * The methods of a YAML document that write it bring in the whole writer, and tags of YAML 1.1 what
 * they mean. Here documents of YAML 1.2 are read, and such tags are refused.
 *
 * @returns {import('esbuild').Plugin}
 */
function readsYamlOnly() {
  const names = [
    'createStringifyContext',
    'stringify',
    'stringifyCollection',
    'stringifyDocument',
    'stringifyPair',
    'stringifyString',
  ];
  return {
    name: 'reads-yaml-only',
    setup(build) {
      const writers = /[\\/]yaml[\\/].*[\\/]stringify(Collection|Document|Pair|String|)\.js$/;
      build.onLoad({ filter: writers }, () => ({
        contents: `const none = () => { throw new Error('dsim writes no YAML'); };
export { ${names.map((name) => `none as ${name}`).join(', ')} };`,
      }));
      build.onLoad({ filter: /[\\/]yaml[\\/].*[\\/]createNode\.js$/ }, () => ({
        contents: `export const createNode = () => { throw new Error('dsim writes no YAML'); };`,
      }));
      build.onLoad({ filter: /[\\/]yaml[\\/].*[\\/]schema[\\/]tags\.js$/ }, ({ path }) => ({
        contents: `import { schema as core } from './core/schema.js';
import { merge } from './yaml-1.1/merge.js';
export const coreKnownTags = { 'tag:yaml.org,2002:merge': merge };
export const getTags = (_custom, name, merges) => {
  const tags = name === 'failsafe' ? core.filter(({ tag }) => /:(map|seq|str)$/.test(tag)) : core;
  return merges ? [...tags, merge] : [...tags];
};`,
        resolveDir: dirname(path),
      }));
    },
  };
}

/**
 * seedrandom loads `crypto`, a twentieth of a Node start, to seed itself. Here it is always given a
 * seed, and by its first generator. (The library is built for any platform, so it is without
 * `crypto` anyway.)
 *
 * @returns {import('esbuild').Plugin}
 */
function seededOnly() {
  return {
    name: 'seeded-only',
    setup(build) {
      build.onResolve({ filter: /^crypto$/ }, ({ path, importer }) =>
        /[\\/]seedrandom[\\/]/.test(importer) ? { path, namespace: 'seeded-only' } : null,
      );
      build.onLoad({ filter: /.*/, namespace: 'seeded-only' }, () => ({
        contents: 'module.exports = {};',
      }));
      build.onLoad({ filter: /[\\/]seedrandom[\\/]index\.js$/ }, ({ path }) => ({
        contents: "module.exports = require('./seedrandom');",
        resolveDir: dirname(path),
      }));
    },
  };
}
