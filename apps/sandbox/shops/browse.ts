export interface Page {
  /** Where the redirects ended. */
  readonly url: string;
  readonly status: number;
  readonly html: string;
}

export interface Browser {
  open(url: string): Promise<Page>;
  submit(form: { method: 'get' | 'post'; action: string }, fields: URLSearchParams): Promise<Page>;
}

const mostRedirects = 10;

/** A browser without scripts: follows redirects and keeps each site's cookies. Gives up on a page after 15 s. */
export function newBrowser(signal: AbortSignal): Browser {
  const cookies = new Map<string, Map<string, string>>();

  async function request(first: string, init: RequestInit): Promise<Page> {
    let url = first;
    let next = init;
    for (let hop = 0; hop <= mostRedirects; hop += 1) {
      const { origin } = new URL(url);
      const kept = cookies.get(origin) ?? new Map<string, string>();
      const cookie = [...kept].map(([name, value]) => `${name}=${value}`).join('; ');
      const headers = new Headers(next.headers);
      headers.set('accept', 'text/html');
      if (cookie !== '') headers.set('cookie', cookie);
      const limit = AbortSignal.any([signal, AbortSignal.timeout(15_000)]);
      const answer = await fetch(url, { ...next, headers, redirect: 'manual', signal: limit });
      for (const line of answer.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=;]+)=([^;]*)/.exec(line) ?? [];
        kept.set(name.trim(), value);
      }
      cookies.set(origin, kept);
      const location = answer.headers.get('location');
      if (answer.status < 300 || answer.status >= 400 || location === null) {
        return { url, status: answer.status, html: await answer.text() };
      }
      await answer.body?.cancel();
      url = new URL(location, url).href;
      if (answer.status !== 307 && answer.status !== 308) next = { method: 'GET' };
    }
    throw new Error(`${first} redirects more than ${mostRedirects} times`);
  }

  return {
    open: (url) => request(url, { method: 'GET' }),
    submit(form, fields) {
      if (form.method === 'post') return request(form.action, { method: 'POST', body: fields });
      const url = new URL(form.action);
      url.search = fields.toString();
      return request(url.href, { method: 'GET' });
    },
  };
}
