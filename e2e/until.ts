import { setTimeout as wait } from 'node:timers/promises';

/** Polls until it holds. Fails after 20 s unless told, with what `state` says. */
export async function until(
  what: string,
  holds: () => Promise<boolean>,
  options: { readonly withinMs?: number; readonly everyMs?: number; readonly state?: () => Promise<unknown> } = {},
): Promise<void> {
  const { withinMs = 20_000, everyMs = 25, state } = options;
  const limit = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > limit) {
      const seen = state === undefined ? '' : `: ${JSON.stringify(await state(), null, 1)}`;
      throw new Error(`${what}: not so within ${withinMs / 1_000} s${seen}`);
    }
    await wait(everyMs);
  }
}
