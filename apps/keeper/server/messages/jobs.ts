import { type Loop, startLoop } from '@tillkeeper/platform/loop';
import type { WorkerDeps } from '../workerDeps.ts';
import { sendNextMessage } from './sendMessages.ts';
import { openMailer } from './smtp.ts';

/** Mail servers answer in their own time, so several mails are on their way at once. */
const lanes = 4;

export function messageLoops(worker: WorkerDeps): Loop[] {
  const mailer = openMailer(worker.config);
  const senders = Array.from({ length: lanes }, (_, lane) =>
    startLoop({
      name: `send-messages-${lane + 1}`,
      everyMs: 500,
      log: worker.log,
      onBeat: () => worker.beat('senders'),
      async run() {
        const ctx = await worker.contextFor({ kind: 'system', job: 'send-messages' });
        return sendNextMessage(ctx, mailer, worker.holder);
      },
    }),
  );
  worker.onWork('messages', () => {
    for (const sender of senders) sender.wake();
  });
  return senders;
}
