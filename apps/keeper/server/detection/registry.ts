import type { Detector } from './detector.ts';
import { paymentFailure } from './paymentFailure.ts';
import { stripeWebhooks } from './stripeWebhooks.ts';
import { subscriptionSync } from './subscriptionSync.ts';

export const detectors: readonly Detector[] = [paymentFailure, stripeWebhooks, subscriptionSync];
