/** Characters that do something to a terminal, or to the order in which text is read, instead of being seen. */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu;

const NAMES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** The text with all that a terminal would act on written out: names from Odoo are anybody's. */
export function cleanText(text: string): string {
  return text.replace(UNSEEN, (character) => NAMES[character] ?? escaped(character));
}

/** The same for every text, and every name, of a JSON value. */
export function clean<T>(value: T): T {
  return cleaned(value) as T;
}

function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (Array.isArray(value)) return value.map(cleaned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [cleanText(name), cleaned(member)]));
}

const OWN_STYLE = /\u001b\[\d{1,2}m/;

/** The last guard: of control characters only line feeds and our own colours get through to a terminal. */
export function guarded(text: string): string {
  const pattern = new RegExp(`${OWN_STYLE.source}|${UNSEEN.source}`, 'gu');
  return text.replace(pattern, (found) => (found === '\n' || found.length > 1 ? found : escaped(found)));
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
