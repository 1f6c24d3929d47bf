/**
 * Loads modules of the program for programs that import dsim: the parts that the command line
 * reads, without its launcher.
 */
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');
const zlib = require('node:zlib');

/** The text of the archive, once it was read. */
let archive = null;
/** The exports of the parts of the program, by name. */
const parts = new Map();

/** What is called `dsim:<part>:<file>`; all else is Node's. */
module.exports = function requirePart(id) {
  const [, name, file] = /^dsim:([^:]+)(?::(.+))?$/.exec(id) ?? [];
  if (name === undefined) return require(id);
  return file === undefined ? part(name) : part(name).moduleOf(file);
};

function part(name) {
  const known = parts.get(name);
  if (known !== undefined) return known;
  const filename = path.join(__dirname, name === 'core' ? 'core.js' : `${name}.cjs`);
  const parameters = ['exports', 'require', 'module', '__filename', '__dirname'];
  const body = vm.compileFunction(sourceOf(name, filename), parameters, { filename });
  const target = { exports: {} };
  body(target.exports, module.exports, target, filename, path.dirname(filename));
  parts.set(name, target.exports);
  return target.exports;
}

/** The text of a part, as `bin/dsim.js` reads it. */
function sourceOf(name, filename) {
  const source = fs.existsSync(filename) ? fs.readFileSync(filename, 'utf8') : fromArchive(name);
  if (name !== 'core') return source;
  return `${source.slice(0, source.lastIndexOf('\nexport '))}\nmodule.exports = core;`;
}

function fromArchive(name) {
  if (archive === null) {
    const packed = fs.readFileSync(path.join(__dirname, 'parts.br'));
    archive = zlib.brotliDecompressSync(packed).toString('latin1');
  }
  const from = archive.indexOf(`\0${name}\n`) + name.length + 2;
  return archive.slice(from, archive.indexOf('\0', from));
}
