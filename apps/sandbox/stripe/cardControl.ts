import { declineOf } from './billing/cards.ts';
import type { Store } from './store/store.ts';

/** The card's issuer, for whoever wants a card that worked to stop working. */
export interface CardControl {
  /** From now on every charge of that payment method is refused with this decline code. */
  decline(paymentMethod: string, declineCode: string): void;
  /** Charges go through again. */
  accept(paymentMethod: string): void;
}

export function cardControl(store: Store): CardControl {
  function set(paymentMethod: string, decline: string | null): void {
    const method = store.get('payment_method', paymentMethod);
    if (method === undefined) throw new Error(`There is no payment method ${paymentMethod}.`);
    store.put('payment_method', method, { ...store.internal('payment_method', paymentMethod), decline });
  }
  return {
    decline: (paymentMethod, declineCode) => set(paymentMethod, declineOf(declineCode).declineCode),
    accept: (paymentMethod) => set(paymentMethod, null),
  };
}
