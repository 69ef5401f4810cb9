import { createHmac } from 'node:crypto';
import type { KeeperConfig } from '../config.ts';

/** Base32 without letters that a mail system could fold: local parts are compared in lower case. */
function base32(bytes: Uint8Array): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  let bits = '';
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0');
  return (bits.match(/.{5}/g) ?? []).map((five) => alphabet[Number.parseInt(five, 2)]).join('');
}

/**
 * Where an answer to this mail goes: a whole local part of its own (some relays strip "+"), which names the mail and cannot be guessed for
 * another one.
 */
export function replyAddress(config: KeeperConfig, messageId: string): string {
  const mac = createHmac('sha256', config.authSecret.reveal()).update(`reply:${messageId}`).digest().subarray(0, 10);
  return `r-${messageId.replaceAll('-', '')}-${base32(mac)}@${config.mailReplyDomain}`;
}
