/**
 * What a classroom's tool needs around `dsim grade`: a folder with its scripts and the exercise,
 * hidden variants included, solutions not.
 */
import { execSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import pkg from '../../package.json' with { type: 'json' };
import { type Exercise, needHidden } from './exercise.ts';
import { UsageError } from './usage-error.ts';

interface PackedFile {
  readonly text: string;
  readonly isProgram?: boolean;
}
type Pack = (exercise: string, student: string) => { readonly [path: string]: PackedFile };

/** dsim itself, whatever a registry has under its name. */
const TARBALL = `dsim-${pkg.version}.tgz`;
const STUDENT = `id=$(node -p 'require(process.argv[1]).users[0].id' "$base/submission_metadata.json") || exit 0
flags+=(--student "$id")
`;

/** Gradescope runs `setup.sh` when the image is made, and `run_autograder` for each submission. */
const gradescope: Pack = (exercise, student) => ({
  'setup.sh': {
    isProgram: true,
    text: `#!/usr/bin/env bash
set -e
apt-get update && apt-get install -y curl
curl -fsSL https://deb.nodesource.com/setup_22.x | bash -
apt-get install -y nodejs
useradd -m -u 3000 student
cd /autograder/source && npm install --no-save --omit=dev ./${TARBALL}
chmod -R a+rX .
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
# key.txt is yours: without it only the public seeds are run. Only root can read it.
flags=()
if [ -f key.txt ]; then chmod 600 key.txt; exec < key.txt; flags+=(--key-file -); fi
${student}chmod -R a+rX "$base/submission"
apart=()
if [ "$(id -u)" = 0 ]; then
  apart=(setpriv --reuid=3000 --regid=3000 --clear-groups --no-new-privs env -i "PATH=$PATH" HOME=/home/student)
fi
# No network, where the machine allows that.
if "\${apart[@]}" unshare -rn true 2> /dev/null; then apart+=(unshare -rn); fi
"\${apart[@]}" node_modules/.bin/dsim grade "$base/submission" --exercise ./exercise "\${flags[@]}" \\
  --format gradescope > "$base/results/new.json"
if [ -s "$base/results/new.json" ]; then mv "$base/results/new.json" "$base/results/results.json"; fi
exit 0
`,
  },
});

/** For a private repository of the teacher: whoever can change a workflow can read its secrets. */
const actions: Pack = () => ({
  '.github/workflows/grade.yml': {
    text: `name: grade
on: { workflow_dispatch: { inputs: { repository: { required: true } } } }
permissions: { contents: read }
jobs:
  grade:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/checkout@v4
        with:
          repository: \${{ inputs.repository }}
          token: \${{ secrets.SUBMISSIONS_TOKEN }}
          path: submission
          persist-credentials: false
      - uses: actions/setup-node@v4
        with: { node-version: 22 }
      - run: npm install --no-save ./${TARBALL}
      - run: npx --no-install dsim grade submission --exercise ./exercise --fail-under 60 --format md -o "$GITHUB_STEP_SUMMARY"
        env:
          DSIM_GRADE_KEY: \${{ secrets.DSIM_GRADE_KEY }}
`,
  },
});

/** A test runner of Exercism: slug, folder of the solution, folder of the result. */
const exercism: Pack = () => ({
  Dockerfile: {
    text: `FROM node:22-slim
WORKDIR /opt/test-runner
COPY . .
RUN npm install --no-save ./${TARBALL}
ENTRYPOINT ["/opt/test-runner/bin/run.sh"]
`,
  },
  'bin/run.sh': {
    isProgram: true,
    text: `#!/usr/bin/env bash
# bin/run.sh <slug> <folder of the solution> <folder of the result>; ends with 0 whatever the tests say.
here=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$3"
"$here/node_modules/.bin/dsim" grade "$2" --exercise "$here/exercise" --format exercism -o "$3/results.json"
exit 0
`,
  },
});

/** Classroom 50 runs it in the checkout of a submission. It lies on a public page: no key. */
const classroom50: Pack = () => ({
  'autograder.py': {
    isProgram: true,
    text: `#!/usr/bin/env python3
import json, os, pathlib, subprocess

here = pathlib.Path(__file__).resolve().parent
result = pathlib.Path("result.json")
# One that lies there already is not ours.
result.unlink(missing_ok=True)
subprocess.run(["npm", "install", "--no-save", "--prefix", here, here / "${TARBALL}"], check=True)
subprocess.run([
    here / "node_modules/.bin/dsim", "grade", ".", "--exercise", here / "exercise",
    "-o", result, "--format", "classroom50", "-o", "release-body.md", "--format", "md",
])
status, summary = "error", "The grader did not come to its end."
if result.exists():
    made = json.loads(result.read_text())
    status = "success" if made["score"] == made["max-score"] else "failure"
    summary = f"{made['score']} of {made['max-score']} points"
with open(os.environ["GITHUB_OUTPUT"], "a") as output:
    output.write(f"status={status}\\nsummary={summary}\\n")
`,
  },
});

const PACKS: { readonly [tool: string]: Pack } = { gradescope, actions, exercism, classroom50 };
export const packNames: readonly string[] = Object.keys(PACKS);

/** Writes `<tool>-<exercise>/` into `parent`; returns it. Throws UsageError; overwrites nothing. */
export function writePack(tool: string, exercise: Exercise, root: string, parent: string): string {
  const pack = Object.hasOwn(PACKS, tool) ? PACKS[tool] : undefined;
  if (pack === undefined) {
    throw new UsageError(`there is no pack \`${tool}\`; there are ${packNames.join(', ')}`);
  }
  needHidden(exercise);
  const name = `${tool}-${basename(exercise.folder)}`;
  const target = join(parent, name);
  if (existsSync(target)) throw new UsageError(`${name} is there already, and was left as it is`);
  for (const [path, { text, isProgram = false }] of Object.entries(
    pack(exercise.name, exercise.per === null ? '' : STUDENT),
  )) {
    mkdirSync(dirname(join(target, path)), { recursive: true });
    writeFileSync(join(target, path), text, { mode: isProgram ? 0o755 : 0o644 });
  }
  const env = { ...process.env, npm_config_pack_destination: target };
  execSync('npm pack --ignore-scripts', { cwd: root, env, stdio: 'ignore' });
  const secrets = /[\\/]\.(solution|wrong|hidden)([\\/]|$)/;
  const isSecret = (path: string) => {
    const [, what] = secrets.exec(`${sep}${path}`) ?? [];
    return what !== undefined && (what !== 'hidden' || tool === 'classroom50');
  };
  cpSync(exercise.folder, join(target, 'exercise'), {
    recursive: true,
    filter: (path) => !isSecret(path.slice(exercise.folder.length)),
  });
  return target;
}
