/** The console's own command does not answer. */
export class ConsoleGone extends Error {
  constructor() {
    super('The console does not answer: does its command still run? What stands here is the last that was seen.');
  }
}

/** @throws ConsoleGone; Error: why it was refused, in words for a person */
export const get = <T>(path: string, query: Readonly<Record<string, string | undefined>> = {}): Promise<T> => {
  const given = Object.entries(query).flatMap(([name, value]) => (value ? [[name, value]] : []));
  return ask<T>(`${path}?${new URLSearchParams(given)}`, {});
};

export const post = <T>(path: string, body: unknown): Promise<T> =>
  ask<T>(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

async function ask<T>(path: string, init: RequestInit): Promise<T> {
  const response = await fetch(path, init).catch(() => {
    throw new ConsoleGone();
  });
  const answer = (await response.json()) as T & { readonly error?: string };
  if (!response.ok) throw new Error(answer.error ?? `The console answered ${response.status}.`);
  return answer;
}
