/** Every relative link of a page leads to a file, and in the package to one that is packed. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');

interface Link {
  readonly page: string;
  readonly target: string;
  /** Of a heading, or empty. */
  readonly anchor: string;
}

/** Links to files and headings; code is none, whatever it looks like. */
function linksOf(page: string): readonly Link[] {
  const text = readFileSync(join(root, page), 'utf8')
    .replace(/^```[\s\S]*?^```/gm, '')
    .replace(/`[^`\n]*`/g, '`');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => {
      const [path = '', anchor = ''] = link.split('#');
      const target = path === '' ? page : posix.join(posix.dirname(page), path);
      return { page, target, anchor };
    });
}

function headingsOf(page: string): readonly string[] {
  const text = readFileSync(join(root, page), 'utf8').replace(/^```[\s\S]*?^```/gm, '');
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}

const pages = ['.', 'docs', 'docs/api', 'course', 'examples', 'src/nodes'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: !['.', 'docs'].includes(folder), encoding: 'utf8' })
    .filter((file) => file.endsWith('.md') && !file.includes('node_modules'))
    .map((file) => posix.join(folder, file)),
);

test('every link of a page leads to a file and its heading', () => {
  expect(pages.length).toBeGreaterThan(60);
  const links = pages.filter((page) => !page.includes('_template')).flatMap(linksOf);
  expect(links.length).toBeGreaterThan(100);
  const dead = links.filter(({ target, anchor }) => {
    if (!existsSync(join(root, target))) return true;
    return anchor !== '' && target.endsWith('.md') && !headingsOf(target).includes(anchor);
  });
  expect(dead).toEqual([]);
});

test('every link of a packed page leads to what is packed', () => {
  const argv = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const { stdout } = spawnSync('npm', argv, { cwd: root, encoding: 'utf8' });
  const [{ files }] = JSON.parse(stdout) as [{ files: readonly { path: string }[] }];
  const packed = new Set(files.map(({ path }) => path));
  const folders = new Set(files.map(({ path }) => dirname(path)));
  const own = [...packed].filter((path) => path.endsWith('.md'));
  expect(own).toContain('README.md');
  const dead = own
    .flatMap(linksOf)
    .filter(({ target }) => !packed.has(target) && !folders.has(target));
  expect(dead).toEqual([]);
});
