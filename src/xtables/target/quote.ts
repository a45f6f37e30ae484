/**
 * Words of a rule as iptables-save writes them: bare when they are made of letters, digits, `_` and `-`, else in quotes.
 * @module
 */
export function quoteWord(text: string): string {
  if (/^[A-Za-z0-9_-]+$/.test(text)) return text;
  return `"${text.replace(/["\\']/g, '\\$&')}"`;
}
