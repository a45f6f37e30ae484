/**
 * comment: text for people; always matches.
 *
 *   -m comment --comment "let the monitoring in"
 *
 * Reference: iptables-extensions(8), "comment". Kernel counterpart: net/netfilter/xt_comment.c.
 * @module
 */
import type { MatchModule } from '../match.ts';
import { quoteWord } from '../target/quote.ts';
import { mandatory } from './option-value.ts';

/** Octets that are kept. */
const MAX_LEN = 255;

export interface CommentInfo {
  readonly text: string;
}

export const comment: MatchModule<CommentInfo> = {
  name: 'comment',
  scope: 'stateless',
  options: [{ name: 'comment' }],

  parse(options) {
    return { text: cut(mandatory(options, 'comment', 'comment').value) };
  },

  print({ text }) {
    return `--comment ${quoteWord(text)}`;
  },

  list({ text }) {
    return `/* ${text} */`;
  },

  compile() {
    return () => true;
  },
};

/** The text as far as it fits, whole characters only. */
function cut(text: string): string {
  if (3 * text.length <= MAX_LEN) return text;
  const into = new Uint8Array(MAX_LEN);
  const { read } = new TextEncoder().encodeInto(text, into);
  return text.slice(0, read);
}
