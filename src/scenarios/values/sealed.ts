/**
 * A bug whose name is not to be read in a scenario: `sealed:` and hexadecimal digits. For exercises
 * in which the mistake is to be found from what it does. It hides a word from the eye, not from
 * whoever computes: dsim itself must be able to open it.
 */
const PREFIX = 'sealed:';
const SALT_BYTES = 2;

/** `salt` lets equal words look different; of it 16 bits count. */
export function seal(word: string, salt: number): string {
  const bytes = [(salt >> 8) & 255, salt & 255];
  const key = keyStream(bytes);
  for (const character of word) bytes.push((character.charCodeAt(0) & 255) ^ key());
  return PREFIX + bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The word of a seal; any other text as it is. */
export function unsealed(text: string): string {
  const digits = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : '';
  if (digits.length <= 2 * SALT_BYTES || !/^([0-9a-f]{2})+$/.test(digits)) return text;
  const bytes = (digits.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
  const key = keyStream(bytes);
  return String.fromCharCode(...bytes.slice(SALT_BYTES).map((byte) => byte ^ key()));
}

/** Bytes that follow from the salt: the upper bits of a linear congruential generator. */
function keyStream([high = 0, low = 0]: readonly number[]): () => number {
  let state = 0x6473696d ^ ((high << 8) | low);
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 23) & 255;
  };
}
