/** Whether what a kind declares of its roles and commands can be written in a scenario. */
import type { Interface } from '../../sim/interface.ts';
import type { AnySystem } from '../../sim/system.ts';
import { SET } from '../../sim/system.ts';
import { DRAW_KEY, NODE_KEYS } from '../values/names.ts';
import { MEMBER_TABLE, ROLE_TABLE } from './section-tables.ts';

type Declaration = Pick<AnySystem, 'params'> &
  Partial<Pick<AnySystem, 'answers' | 'roles' | 'commands' | 'changeable' | 'leads'>>;

/** What is wrong, to go on after `it has`; null if nothing is. */
export function declarationProblem(system: Declaration): string | null {
  const { roles = {}, commands = {}, changeable = [], leads } = system;
  for (const role of Object.keys(roles)) {
    const problem = roleProblem(role, system);
    if (problem !== null) return problem;
  }
  for (const [name, { params, shorthand }] of Object.entries(commands)) {
    if (!isName(name) || ['to', 'of', SET].includes(name)) {
      return `a command \`${name}\`; expected another name in kebab-case, as \`add-server\``;
    }
    if (shorthand !== undefined && !Object.hasOwn(params, shorthand)) {
      return `a command \`${name}\` whose shorthand \`${shorthand}\` is none of its parameters`;
    }
  }
  const unknown = changeable.find((name: string) => !Object.hasOwn(system.params, name));
  if (unknown !== undefined) return `\`changeable\` \`${unknown}\`, which is no parameter`;
  return leads !== undefined && leads.length === 0 ? 'no role in `leads`' : null;
}

/** A role is a key of a group, beside the keys that all groups have and the kind's parameters. */
function roleProblem(role: string, { roles, params, answers = [] }: Declaration): string | null {
  const called = `a role \`${role}\``;
  if (!isName(role)) return `${called}; expected a name in kebab-case, as \`name-node\``;
  if ([...NODE_KEYS, DRAW_KEY].some((key) => key === role)) {
    return `${called}, which is a key that every group has already`;
  }
  if (Object.hasOwn(params, role)) return `${called}, which is a parameter too`;
  const {
    count,
    default: preset,
    answers: own = [],
    params: more = {},
  } = roles?.[role] ?? { count: 1 };
  const [least, most] = typeof count === 'number' ? [count, count] : count;
  if (
    !(Number.isInteger(least) && Number.isInteger(most) && least >= 0 && least <= most && most >= 1)
  ) {
    return `${called} with a count of ${least} to ${most}; expected whole numbers, the most 1 or more`;
  }
  if (preset !== undefined && (preset < least || preset > most)) {
    return `${called} with a default of ${preset}; expected ${least} to ${most}`;
  }
  if (Array.isArray(own) && Array.isArray(answers)) {
    const foreign = (own as readonly Interface[]).find((one) => !answers.includes(one));
    if (foreign !== undefined) {
      return `${called} that answers \`${foreign.name}\`, which its kind does not`;
    }
  }
  const taken = [
    ...NODE_KEYS,
    DRAW_KEY,
    ...Object.keys({ ...params, ...ROLE_TABLE, ...MEMBER_TABLE }),
  ];
  const clash = Object.keys(more).find((param) => taken.includes(param));
  if (clash === undefined) return null;
  return `${called} with a parameter \`${clash}\`, which every member has already`;
}

function isName(name: string): boolean {
  return /^[a-z][a-z0-9-]*$/.test(name);
}
