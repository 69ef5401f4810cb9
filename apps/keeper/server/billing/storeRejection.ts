import { createHash } from 'node:crypto';
import type { Database } from '@tillkeeper/platform/database';
import type { Logger } from '@tillkeeper/platform/log';
import type { DB as KeeperDB } from '../../database/types.generated.ts';
import { type RejectionCode, readClaim } from './verifyDelivery.ts';

/** Rows of about 300 bytes: at most 52 MB a day and process from a flood that nobody ends, while an incident opens within seconds. */
const keptPerMinute = 120;
const minuteMs = 60_000;

export interface RejectionStore {
  /** Keeps the refused delivery, or counts it if this minute has seen too many. Never throws: the sender hears 400 in any case. */
  keep(code: RejectionCode, raw: Buffer, signature: string | undefined): Promise<void>;
  close(): Promise<void>;
}

/** Evidence of what was refused at the door, bounded so that a flood cannot fill the disk; what is not kept is counted in one row a minute. */
export function createRejectionStore(keeper: Database<KeeperDB>, log: Logger): RejectionStore {
  let kept = 0;
  let counted = 0;
  let minute: NodeJS.Timeout | undefined;

  async function endMinute(): Promise<void> {
    clearTimeout(minute);
    minute = undefined;
    const flood = counted;
    kept = 0;
    counted = 0;
    if (flood > 0) await write('flood', undefined, undefined, flood);
  }

  async function write(
    code: RejectionCode | 'flood',
    raw: Buffer | undefined,
    signature: string | undefined,
    copies: number,
  ): Promise<void> {
    const claim = raw === undefined ? undefined : readClaim(raw);
    try {
      await keeper.query(
        `insert into stripe_rejections (code, claimed_event_id, claimed_type, claimed_customer, signature, body_sha256, body_bytes, copies)
         values ($1::text, $2::text, $3::text, $4::text, $5::text, $6::bytea, $7::integer, $8::integer)`,
        [
          code,
          claim?.eventId ?? null,
          claim?.type ?? null,
          claim?.customerId ?? null,
          signature?.slice(0, 500) ?? null,
          createHash('sha256')
            .update(raw ?? Buffer.alloc(0))
            .digest(),
          raw?.length ?? 0,
          copies,
        ],
      );
    } catch (error) {
      log.error({ err: error, code, copies }, 'a refused delivery was not kept');
    }
  }

  return {
    async keep(code, raw, signature) {
      minute ??= setTimeout(() => void endMinute(), minuteMs);
      if (kept >= keptPerMinute) {
        counted += 1;
        return;
      }
      kept += 1;
      await write(code, raw, signature, 1);
    },
    close: endMinute,
  };
}
