import { Agent, request as requestHttp } from 'node:http';
import { request as requestHttps, Agent as SecureAgent } from 'node:https';

export interface Poster {
  /** The status answered. Rejects when there is none: refused, cut off, or not within the time. */
  post(url: string, body: string, headers: Record<string, string>): Promise<number>;
  close(): void;
}

/** Sends webhooks over kept-alive connections; does not follow redirects. */
export function createPoster(timeoutMs: number): Poster {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const secure = new SecureAgent({ keepAlive: true, maxSockets: 64 });
  return {
    post(url, body, headers) {
      const { promise, resolve, reject } = Promise.withResolvers<number>();
      const plain = url.startsWith('http:');
      const send = plain ? requestHttp : requestHttps;
      const sent = send(
        url,
        {
          method: 'POST',
          agent: plain ? agent : secure,
          headers: {
            'content-type': 'application/json; charset=utf-8',
            'content-length': Buffer.byteLength(body),
            ...headers,
          },
          signal: AbortSignal.timeout(timeoutMs),
        },
        (response) => {
          response.resume();
          response.once('end', () => resolve(response.statusCode ?? 0));
          response.once('error', reject);
        },
      );
      sent.once('error', reject);
      sent.end(body);
      return promise;
    },
    close() {
      agent.destroy();
      secure.destroy();
    },
  };
}
