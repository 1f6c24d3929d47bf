/**
 * Loads the engine for programs that import dsim: the file that the command line runs, without its
 * launcher. It gives the files of kinds what they `require`, as the launcher does.
 */
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');

/** The exports of the files of the build, by name. */
const parts = new Map();

/** The exports of a source file of the engine. */
module.exports = function library(file) {
  return part('engine').moduleOf(file);
};

function requirePart(id) {
  if (id.startsWith('dsim:kinds/')) return part(id.slice('dsim:'.length));
  if (id.startsWith('dsim:')) return part('engine').sharedModule(id.slice('dsim:'.length));
  return require(id);
}

function part(name) {
  const known = parts.get(name);
  if (known !== undefined) return known;
  const filename = path.join(__dirname, `${name}.cjs`);
  const parameters = ['exports', 'require', 'module', '__filename', '__dirname'];
  const body = vm.compileFunction(fs.readFileSync(filename, 'utf8'), parameters, { filename });
  const target = { exports: {} };
  body.call(target.exports, target.exports, requirePart, target, filename, path.dirname(filename));
  parts.set(name, target.exports);
  return target.exports;
}
