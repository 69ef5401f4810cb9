import type { MarkName } from '@tillkeeper/ui/Mark';
import type { MessageState } from '../api/types.ts';

const words: Record<MessageState, { mark: MarkName; word: string }> = {
  planned: { mark: 'pending', word: 'Planned' },
  held: { mark: 'paused', word: 'Held' },
  sending: { mark: 'running', word: 'Sending' },
  // The mail server took it. Whether it reached the person is another fact.
  accepted: { mark: 'done', word: 'Accepted' },
  delivered: { mark: 'proven', word: 'Delivered' },
  unknown: { mark: 'unknown', word: 'Not known' },
  failed: { mark: 'refuted', word: 'Failed' },
  bounced: { mark: 'refuted', word: 'Bounced' },
  skipped: { mark: 'paused', word: 'Skipped' },
};

export function messageState(state: MessageState): { mark: MarkName; word: string } {
  return words[state];
}
