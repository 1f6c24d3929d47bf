/**
 * The schema of JUnit files as Apache Ant's tasks write them (windyroad/JUnit-Schema, JUnit.xsd),
 * in words of our own: which elements stand where in which order, with which attributes. A reader
 * of XML of its own, so that the writer is not judged by itself.
 */

export interface XmlElement {
  readonly name: string;
  readonly attributes: { readonly [name: string]: string };
  readonly children: readonly XmlElement[];
  readonly text: string;
}

/** Reads a document without comments and processing instructions; throws for what is not XML. */
export function parseXml(document: string): XmlElement {
  const body = document.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\s*/, '');
  if (body === document) throw new Error('the declaration is missing');
  let at = 0;
  const fail = (why: string): never => {
    throw new Error(`${why} at ${at}: ${JSON.stringify(body.slice(at, at + 60))}`);
  };
  const element = (): XmlElement => {
    const open = /^<([\w-]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/.exec(body.slice(at));
    if (open === null) return fail('expected an element');
    at += open[0].length;
    const [, name = '', written = '', closed] = open;
    const attributes: { [name: string]: string } = {};
    for (const [, key = '', value = ''] of written.matchAll(/([\w:-]+)="([^"]*)"/g)) {
      if (key in attributes) fail(`${key} twice`);
      attributes[key] = unescape(value, fail);
    }
    if (closed === '/') return { name, attributes, children: [], text: '' };
    const children: XmlElement[] = [];
    let text = '';
    while (!body.startsWith(`</${name}>`, at)) {
      if (body[at] === '<') children.push(element());
      else {
        const until = body.indexOf('<', at);
        if (until < 0) return fail(`${name} is not closed`);
        text += unescape(body.slice(at, until), fail);
        at = until;
      }
    }
    at += name.length + 3;
    return { name, attributes, children, text };
  };
  const root = element();
  if (body.slice(at).trim() !== '') fail('something stands after the root');
  return root;
}

function unescape(text: string, fail: (why: string) => never): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what XML 1.0 forbids.
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u.test(text)) {
    fail('a character that XML forbids');
  }
  return text.replace(/&([^;]*);?/g, (whole, entity: string) => {
    const known = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }[entity];
    if (known !== undefined) return known;
    const code = /^#(\d+)$/.exec(entity)?.[1];
    return code === undefined ? fail(`${whole} is no entity`) : String.fromCodePoint(Number(code));
  });
}

const TOKEN = /^\S(?:.*\S)?$/;
const INT = /^-?\d+$/;
const DECIMAL = /^-?\d+(\.\d+)?$/;
const SUITE_ATTRIBUTES: { readonly [name: string]: RegExp } = {
  name: TOKEN,
  package: TOKEN,
  id: INT,
  timestamp: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/,
  hostname: TOKEN,
  tests: INT,
  failures: INT,
  errors: INT,
  time: DECIMAL,
};

/** Everything in which the document differs from the schema; and counts that do not add up. */
export function junitProblems(document: string): readonly string[] {
  const root = parseXml(document);
  const problems: string[] = [];
  const check = (right: boolean, problem: string) => {
    if (!right) problems.push(problem);
  };
  check(root.name === 'testsuites', `the root is ${root.name}`);
  check(Object.keys(root.attributes).length === 0, 'testsuites takes no attributes');
  root.children.forEach((suite, i) => {
    check(suite.name === 'testsuite', `${suite.name} among the suites`);
    attributesOf(suite, SUITE_ATTRIBUTES, { skipped: INT }, check);
    check(suite.attributes['id'] === String(i), 'ids count from 0');
    const names = suite.children.map(({ name }) => name).join(' ');
    check(/^properties( testcase)* system-out system-err$/.test(names), `a suite holds ${names}`);
    const cases = suite.children.filter(({ name }) => name === 'testcase');
    for (const one of cases) caseProblems(one, check);
    for (const property of suite.children[0]?.children ?? []) {
      attributesOf(property, { name: TOKEN, value: /^/ }, {}, check);
    }
    const count = (tag: string) => cases.filter(({ children }) => children[0]?.name === tag).length;
    check(suite.attributes['tests'] === String(cases.length), 'tests is not their number');
    check(suite.attributes['failures'] === String(count('failure')), 'failures do not add up');
    check(suite.attributes['errors'] === String(count('error')), 'errors do not add up');
  });
  return problems;
}

type Check = (right: boolean, problem: string) => void;

function caseProblems(one: XmlElement, check: Check): void {
  attributesOf(one, { name: TOKEN, classname: TOKEN, time: DECIMAL }, {}, check);
  check(one.children.length <= 1, 'a case has one outcome');
  for (const outcome of one.children) {
    check(['failure', 'error', 'skipped'].includes(outcome.name), `${outcome.name} in a case`);
    if (outcome.name !== 'skipped') attributesOf(outcome, { type: TOKEN }, { message: /^/ }, check);
  }
}

function attributesOf(
  { name, attributes }: XmlElement,
  required: { readonly [name: string]: RegExp },
  optional: { readonly [name: string]: RegExp },
  check: Check,
): void {
  for (const [key, pattern] of Object.entries(required)) {
    check(pattern.test(attributes[key] ?? '\n'), `${name} has ${key}=${attributes[key]}`);
  }
  for (const [key, value] of Object.entries(attributes)) {
    const pattern = required[key] ?? optional[key];
    check(pattern?.test(value) === true, `${name} has ${key}=${value}`);
  }
}
