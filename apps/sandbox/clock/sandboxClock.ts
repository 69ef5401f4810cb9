import { setTimeout as wait } from 'node:timers/promises';
import { AppError } from '@tillkeeper/platform/errors';
import type { Logger } from '@tillkeeper/platform/log';
import type pg from 'pg';
import { readOffset, recordTimeOff, writeKeeperOffset, writeTillOffset } from './offsets.ts';
import { parseAdvance } from './parseAdvance.ts';
import { countBlindDetectors, countChanges, machineTime, readUnsettled, type Unsettled } from './unsettled.ts';

/** A part of the outside world that lives by business time: the Stripe stand-in, the simulated owners. */
export interface Timeline {
  /** As an error names it. */
  readonly name: string;
  /** When its next work falls due; without it, or when it gives none, it only reacts. */
  nextDueAt?(): Temporal.Instant | undefined;
  /** Does all that is due by now. */
  runDue?(): Promise<void>;
  /** Nothing of it is under way or due. */
  quiet(): boolean | Promise<boolean>;
}

export interface Advance {
  readonly from: Temporal.Instant;
  readonly to: Temporal.Instant;
  /** Due times that were stopped at on the way. */
  readonly steps: number;
}

export interface SandboxClock {
  /** Business time. */
  now(): Temporal.Instant;
  /** How far business time is ahead of the machine. */
  offset(): Temporal.Duration;
  /** From now on every step of an advance waits for this one too. */
  attach(timeline: Timeline): void;
  /**
   * Moves business time by an ISO 8601 duration (`P7D`, `PT90M`, `P1M`), stopping at every due time on the way until what fell due is done.
   * Answers when all is quiet. One at a time: a second call waits for the first. `invalid_input` for what is no such duration, is not above
   * zero or over two years; `upstream_timeout` with `stuck` when something never settles, the clock then stands at the step it reached.
   */
  advance(by: string | Temporal.Duration): Promise<Advance>;
}

const pollMs = 25;

function neverSettled(stuck: Unsettled, at: Temporal.Instant, waitedMs: number): AppError {
  const names = Object.entries(stuck).map(([what, waiting]) => `${what} (${waiting})`);
  const message = `Business time stopped at ${at.toString({ smallestUnit: 'second' })}: not done within ${waitedMs / 1000} s: ${names.join(', ')}`;
  return new AppError('upstream_timeout', message, { stuck, at: at.toString({ smallestUnit: 'millisecond' }) });
}

/** Milliseconds, rounded up: at that time a row due within the millisecond is due. */
function ceilMs(at: Temporal.Instant): number {
  return Number((at.epochNanoseconds + 999_999n) / 1_000_000n);
}

/**
 * The one clock of the sandbox, kept as an offset in both databases (the pools are the administrators'). If a crash left them apart, the
 * larger counts: business time never goes back.
 */
export async function createSandboxClock(options: {
  tillAdmin: pg.Pool;
  keeperAdmin: pg.Pool;
  log: Logger;
  /** Real milliseconds that one step may take to settle; 60 s unless told. */
  settleTimeoutMs?: number;
}): Promise<SandboxClock> {
  const { tillAdmin, keeperAdmin, log, settleTimeoutMs = 60_000 } = options;
  const timelines: Timeline[] = [];
  const kept = await Promise.all([readOffset(tillAdmin), readOffset(keeperAdmin)]);
  let offsetMs = Math.max(...kept);
  if (kept[0] !== kept[1]) {
    log.warn({ tillMs: kept[0], keeperMs: kept[1] }, 'the clocks of the databases were apart; the later one counts');
    await setOffset(offsetMs);
  }

  await recordTimeOff(keeperAdmin);

  const now = (): Temporal.Instant => Temporal.Now.instant().add({ milliseconds: offsetMs });

  // Keeper's last: its row of the jump says that the jump is complete.
  async function setOffset(ms: number): Promise<void> {
    await writeTillOffset(tillAdmin, ms);
    await writeKeeperOffset(keeperAdmin, ms);
    offsetMs = ms;
  }

  async function moveTo(targetMs: number): Promise<void> {
    const ms = targetMs - Temporal.Now.instant().epochMilliseconds;
    // Real time went on as well: nothing to do if it got there by itself.
    if (ms > offsetMs) await setOffset(ms);
  }

  async function nextDueMs(): Promise<number> {
    const { rows } = await keeperAdmin.query<{ at: string | null }>(
      `select to_char(due_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at from ops.next_due`,
    );
    const at = rows[0]?.at ?? null;
    const dues = timelines.map((timeline) => timeline.nextDueAt?.()).filter((due) => due !== undefined);
    if (at !== null) dues.push(Temporal.Instant.from(at));
    return Math.min(...dues.map(ceilMs));
  }

  // Detectors look every few seconds of real time, which an advance does not wait for: only where an organization's plan or status changed
  // does business time stand still until all of them have looked. Else a payment that fails on day 3 would be found on day 30.
  let changesSeen = await countChanges(tillAdmin);
  async function lookAgainSince(): Promise<string | undefined> {
    const changes = await countChanges(tillAdmin);
    if (changes === changesSeen) return undefined;
    changesSeen = changes;
    return machineTime(keeperAdmin);
  }

  async function settle(): Promise<void> {
    const giveUpAt = performance.now() + settleTimeoutMs;
    let since: string | undefined;
    for (let clear = 0; clear < 2; ) {
      for (const timeline of timelines) await timeline.runDue?.();
      const due = await readUnsettled(tillAdmin, keeperAdmin, timelines);
      since = (await lookAgainSince()) ?? since;
      const blind = since === undefined ? 0 : await countBlindDetectors(keeperAdmin, since);
      const stuck: Unsettled = blind === 0 ? due : { ...due, detectors: blind };
      clear = Object.keys(stuck).length === 0 ? clear + 1 : 0;
      if (clear === 0 && performance.now() > giveUpAt) throw neverSettled(stuck, now(), settleTimeoutMs);
      if (clear === 0) await wait(pollMs);
    }
  }

  async function perform(by: string | Temporal.Duration): Promise<Advance> {
    const from = now();
    const target = parseAdvance(by, from);
    const targetMs = ceilMs(target);
    let steps = 0;
    await settle();
    for (let due = await nextDueMs(); due < targetMs; due = await nextDueMs()) {
      await moveTo(due);
      await settle();
      steps += 1;
    }
    await moveTo(targetMs);
    await settle();
    log.info({ from: from.toString(), to: target.toString(), steps }, 'clock advanced');
    return { from, to: now(), steps };
  }

  let turn: Promise<unknown> = Promise.resolve();
  return {
    now,
    offset: () => Temporal.Duration.from({ milliseconds: offsetMs }),
    attach: (timeline) => void timelines.push(timeline),
    advance(by) {
      const mine = turn.then(() => perform(by));
      turn = mine.catch(() => undefined);
      return mine;
    },
  };
}
