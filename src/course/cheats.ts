/** Solutions that do nothing useful: an exercise that one of them wins tests nothing. */

const node = (members: string) =>
  `let shared = 0; exports.default = class { start() {} timeout() {} ${members} };`;

/** Their code is CommonJS, ready to run. */
export const builtInWrong: readonly { readonly name: string; readonly code: string }[] = [
  { name: 'silent', code: node('receive() {}') },
  {
    name: 'refuse-all',
    code: node(
      "receive(ctx, from, m) { if ('id' in m) ctx.send(from, { type: 'error', inReplyTo: m.id, code: 'precondition-failed' }); }",
    ),
  },
  {
    name: 'unavailable',
    code: node(
      "receive(ctx, from, m) { if ('id' in m) ctx.send(from, { type: 'error', inReplyTo: m.id, code: 'temporarily-unavailable' }); }",
    ),
  },
  {
    name: 'constant',
    code: node("receive(ctx, from) { ctx.send(from, { type: 'ok', inReplyTo: 1, value: 1 }); }"),
  },
  { name: 'exit', code: node('receive() { globalThis.process.exit(0); }') },
  {
    // All nodes keep one memory: it would hold everywhere if nodes shared anything.
    name: 'shared-variable',
    code: node(
      "receive(ctx, from, m) { const reply = (more) => ctx.send(from, { type: m.type + '_ok', inReplyTo: m.id, ...more }); const of = shared || (shared = { set: [], sum: 0, keys: {} }); if (m.type === 'broadcast') { of.set.push(m.message); reply({}); } else if (m.type === 'add') { of.sum += m.delta; reply({}); } else if (m.type === 'write') { of.keys[m.key] = m.value; reply({}); } else if (m.type === 'read') reply({ messages: of.set, value: m.key === undefined ? of.sum : (of.keys[m.key] ?? null) }); }",
    ),
  },
];
