/** What the server tells everybody: where tokens come from. Asked once, and only when a token is missing or ends. */

export interface SignIn {
  tokenUrl: string | null;
  signInUrl: string | null;
}

const NOWHERE: SignIn = { tokenUrl: null, signInUrl: null };

let asked: Promise<SignIn> | null = null;

export function signIn(): Promise<SignIn> {
  asked ??= ask().catch(() => {
    asked = null;
    return NOWHERE;
  });
  return asked;
}

/** Where this person signs in, with the way back to this page; null when the server names no such place. */
export async function signInLink(): Promise<string | null> {
  const { signInUrl } = await signIn();
  if (!signInUrl) return null;
  const url = new URL(signInUrl, location.origin);
  const back = new URL(location.href);
  back.searchParams.delete('token');
  url.searchParams.set('return', back.href);
  return url.href;
}

async function ask(): Promise<SignIn> {
  const response = await fetch('/api/settings', { headers: { accept: 'application/json' } });
  const { access } = (await response.json()) as { access?: { token_url?: unknown; sign_in_url?: unknown } };
  return { tokenUrl: address(access?.token_url), signInUrl: address(access?.sign_in_url) };
}

function address(value: unknown): string | null {
  return typeof value === 'string' && /^(https?:\/\/|\/(?!\/))/.test(value) ? value : null;
}
