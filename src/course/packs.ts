/**
 * What a classroom's tool needs around `dsim grade`: a folder with its scripts and the exercise,
 * hidden variants included, solutions not.
 */
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import pkg from '../../package.json' with { type: 'json' };
import { type Exercise, needHidden } from './exercise.ts';
import { UsageError } from './usage-error.ts';

interface PackedFile {
  readonly text: string;
  readonly isProgram?: boolean;
}
type Pack = (exercise: string) => { readonly [path: string]: PackedFile };

/** Gradescope runs `setup.sh` when the image is made, and `run_autograder` for each submission. */
const gradescope: Pack = (exercise) => ({
  'setup.sh': {
    isProgram: true,
    text: `#!/usr/bin/env bash
set -e
apt-get update && apt-get install -y curl
curl -fsSL https://deb.nodesource.com/setup_22.x | bash -
apt-get install -y nodejs
cd /autograder/source && npm install --omit=dev dsim@${pkg.version}
`,
  },
  run_autograder: {
    isProgram: true,
    text: `#!/usr/bin/env bash
# AUTOGRADER is another folder in tests.
base=\${AUTOGRADER:-/autograder}
mkdir -p "$base/results"
# A result is there whatever happens to the grader.
cat > "$base/results/results.json" <<'END'
{ "output": "The grader did not come to its end.", "tests": [{ "name": "${exercise}", "score": 0, "max_score": 100 }] }
END
cd "$base/source" || exit 0
# key.txt is yours: without it only the public seeds are run.
if [ -f key.txt ]; then DSIM_GRADE_KEY=$(cat key.txt); export DSIM_GRADE_KEY; fi
# No network, where the machine allows that.
apart=()
if unshare -rn true 2> /dev/null; then apart=(unshare -rn); fi
"\${apart[@]}" npx --no-install dsim grade "$base/submission" --exercise exercise \\
  --format gradescope -o "$base/results/results.json"
exit 0
`,
  },
});

/** A workflow of GitHub Actions: the grade as the summary of the step. */
const actions: Pack = () => ({
  '.github/workflows/grade.yml': {
    text: `name: grade
on: [push, pull_request]
permissions: { contents: read }
jobs:
  grade:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with: { node-version: 22 }
      - run: npm install --no-save dsim@${pkg.version}
      - run: npx --no-install dsim grade . --exercise exercise --fail-under 60 --format md -o "$GITHUB_STEP_SUMMARY"
        env:
          DSIM_GRADE_KEY: \${{ secrets.DSIM_GRADE_KEY }}
`,
  },
});

/** A test runner of Exercism: slug, folder of the solution, folder of the result. */
const exercism: Pack = () => ({
  'bin/run.sh': {
    isProgram: true,
    text: `#!/usr/bin/env bash
# bin/run.sh <slug> <folder of the solution> <folder of the result>; ends with 0 whatever the tests say.
here=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$3"
npx --no-install dsim grade "$2" --exercise "$here/exercise" --format exercism -o "$3/results.json"
exit 0
`,
  },
});

const PACKS: { readonly [tool: string]: Pack } = { gradescope, actions, exercism };
export const packNames: readonly string[] = Object.keys(PACKS);

/** Writes `<tool>-<exercise>/` into `parent`; returns it. Throws UsageError; overwrites nothing. */
export function writePack(tool: string, exercise: Exercise, parent: string): string {
  const pack = Object.hasOwn(PACKS, tool) ? PACKS[tool] : undefined;
  if (pack === undefined) {
    throw new UsageError(`there is no pack \`${tool}\`; there are ${packNames.join(', ')}`);
  }
  needHidden(exercise);
  const name = `${tool}-${basename(exercise.folder)}`;
  const target = join(parent, name);
  if (existsSync(target)) throw new UsageError(`${name} is there already, and was left as it is`);
  for (const [path, { text, isProgram = false }] of Object.entries(pack(exercise.name))) {
    mkdirSync(dirname(join(target, path)), { recursive: true });
    writeFileSync(join(target, path), text, { mode: isProgram ? 0o755 : 0o644 });
  }
  const isSecret = (path: string) => /[\\/]\.(solution|wrong)([\\/]|$)/.test(`${sep}${path}`);
  cpSync(exercise.folder, join(target, 'exercise'), {
    recursive: true,
    filter: (path) => !isSecret(path.slice(exercise.folder.length)),
  });
  return target;
}
