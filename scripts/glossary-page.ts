/** `docs/GLOSSARY.md`: what `dsim explain glossary` prints, as a page. */
import { glossary } from '../src/cli/glossary.ts';

const HEAD = `# Glossary

Words of dsim and of the field, as screens, scenarios and documents use them. \`dsim explain <word>\` prints one,
\`dsim explain glossary\` all of them. This page is written by \`npm run generate\`.

| word | meaning | example in YAML |
|---|---|---|
`;

export function renderGlossary(): { readonly path: string; readonly text: string } {
  const lines = glossary.map(({ title, meaning, example, nearest }) => {
    const shown = nearest === null ? `\`${example}\`` : `see **${nearest}**`;
    return `| **${title}** | ${meaning} | ${shown} |\n`;
  });
  return { path: 'docs/GLOSSARY.md', text: HEAD + lines.join('') };
}
