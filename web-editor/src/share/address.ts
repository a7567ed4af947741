/** Addresses of the open document. */

/** Without the token of whoever looks at it. */
export function plainAddress(): string {
  return `${location.origin}${location.pathname}`;
}

export function linkTo(token: string): string {
  return `${plainAddress()}?${new URLSearchParams({ token })}`;
}
