/** Where a link may lead. Pure. */

const SCHEMES = /^(https?|mailto|tel):/i;
const MAIL = /^[^\s@/:]+@[^\s@/:]+\.[^\s@/:]+$/;
const PHONE = /^\+?[\d\s().-]{5,24}$/;
const HOST = /^(localhost|[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)+)(:\d{1,5})?([/?#].*)?$/iu;
const LENGTH_MAX = 2_000;

/** The address somebody means, complete; null for anything but http, https, mailto and tel. */
export function linkTarget(typed: string): string | null {
  // Browsers drop these inside a scheme: `java\nscript:` would run.
  const text = typed.replace(/[\u0000-\u001f\u007f]/g, '').trim();
  if (text === '' || text.length > LENGTH_MAX) return null;
  const whole = complete(text);
  if (!whole) return null;
  try {
    const { protocol, hostname } = new URL(whole);
    if (!SCHEMES.test(protocol)) return null;
    return /^https?:$/.test(protocol) && hostname === '' ? null : whole;
  } catch {
    return null;
  }
}

function complete(text: string): string | null {
  if (SCHEMES.test(text)) return /\s/.test(text) && !/^tel:/i.test(text) ? encodeURI(decodeSafely(text)) : text;
  if (MAIL.test(text)) return `mailto:${text}`;
  if (PHONE.test(text) && /\d{5}/.test(text.replace(/\D/g, ''))) return `tel:${text.replace(/[^\d+]/g, '')}`;
  return HOST.test(text) ? `https://${text}` : null;
}

function decodeSafely(text: string): string {
  try {
    return decodeURI(text);
  } catch {
    return text;
  }
}

/** Whether an address may be kept as it stands in a document or on a clipboard. */
export function isLinkAllowed(href: string): boolean {
  return SCHEMES.test(href.replace(/[\u0000-\u0020\u007f]/g, '')) && linkTarget(href) !== null;
}
