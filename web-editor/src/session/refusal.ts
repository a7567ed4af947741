/** Which decisions of the server are about what was sent, and not about who sent it or to which document. */

const TOO_LARGE = 4413;
/** What proxies say of a frame that is too large for them. */
const PROXY_TOO_LARGE = 1009;
/** Access is missing, access does not suffice, there is no such document. */
const NOT_ABOUT_CONTENT = [4401, 4403, 4404];

export function isTooLarge(code: number | null): boolean {
  return code === TOO_LARGE || code === PROXY_TOO_LARGE;
}

/** The same content would get the same answer. */
export function isContentRefusal(code: number | null): boolean {
  return code !== null && code >= 4400 && code < 4500 && !NOT_ABOUT_CONTENT.includes(code);
}
