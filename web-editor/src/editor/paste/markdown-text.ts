/** Tells Markdown from other plain text. Pure. */

const DATA_IMAGE = /data:image\/[\w.+-]{1,30};base64,[A-Za-z0-9+/=%]+/gi;

const CERTAIN = [
  /^ {0,3}(`{3,}|~{3,})/m,
  /^ {0,3}[-*+] \[[ xX]\] \S/m,
  /^ {0,3}\|?[ \t]*:?-{3,}:?[ \t]*(\|[ \t]*:?-{3,}:?[ \t]*)+\|?[ \t]*$/m,
  /!?\[[^\]\n]+\]\((https?:|mailto:|\/|#)[^)\s]*\)/,
  /(\]\(|^ {0,3}\[[^\]\n]+\]:[ \t]*)<?data:image\//m,
];
const LIKELY = [
  /^#{1,6} \S.*$/m,
  /^(?: {0,3}[-*+] \S.*\n){1,}(?: {0,6}[-*+] \S.*)/m,
  /^(?: {0,3}\d{1,3}[.)] \S.*\n){1,}(?: {0,6}\d{1,3}[.)] \S.*)/m,
  /^> \S/m,
  /(^|\s)(\*\*|__)\S[^*_\n]*\S?\2(?=[\s.,;:!?)]|$)/m,
  /(^|\s)`[^`\n]+`/m,
];
/** Longer texts are taken as they are: reading them would hold up the page. */
const CHARACTERS_MAX = 500_000;

export function looksLikeMarkdown(text: string): boolean {
  const words = withoutImages(text);
  if (words.length > CHARACTERS_MAX) return false;
  const lines = words.replace(/\r\n?/g, '\n').trim();
  if (CERTAIN.some((sign) => sign.test(lines))) return true;
  if (!lines.includes('\n')) return false;
  // A heading with text under it, or a list, is enough when nothing looks like a program.
  const program = /[;{}]\s*$|^\s*(import|export|function|const|def|class|#include|#!)\b/m.test(lines);
  const signs = LIKELY.filter((sign) => sign.test(lines)).length;
  return signs >= (program ? 3 : 1);
}

/** The text with the bytes of its images left out. */
export function withoutImages(text: string): string {
  return text.replace(DATA_IMAGE, 'data:image/');
}
