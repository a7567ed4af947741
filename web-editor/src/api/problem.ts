/** Errors of the HTTP API, as RFC 9457 problem details or whatever came instead. */

export class Problem extends Error {
  /** HTTP status; 0 when the server was not reached. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'Problem';
    this.status = status;
  }
}

const UNREACHABLE = 'The server cannot be reached. Check your connection and try again.';

export function unreachable(): Problem {
  return new Problem(0, UNREACHABLE);
}

/** Reads the body of a failed response; a proxy's HTML page becomes a plain sentence. */
export async function problemOf(response: Response): Promise<Problem> {
  const fallback = `The server answered with an error (${response.status}).`;
  const body: unknown = await response.json().catch(() => null);
  if (typeof body !== 'object' || body === null) return new Problem(response.status, fallback);
  const { title, detail } = body as Record<string, unknown>;
  const parts = [title, detail].filter((part): part is string => typeof part === 'string' && part !== '');
  return new Problem(response.status, parts.length ? [...new Set(parts)].join(': ').slice(0, 300) : fallback);
}

/** A sentence for a person, whatever was thrown. */
export function sentence(error: unknown): string {
  return error instanceof Problem ? error.message : 'Something went wrong. Please try again.';
}
