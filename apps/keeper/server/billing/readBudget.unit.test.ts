import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createReadBudget } from './readBudget.ts';

describe('read budget', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('lets no second see more than the rate and a tenth', async () => {
    const budget = createReadBudget(60);
    const at: number[] = [];
    for (let i = 0; i < 300; i += 1) void budget.take('low').then(() => at.push(performance.now()));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(at).toHaveLength(300);
    const busiest = Math.max(...at.map((start) => at.filter((t) => t >= start && t < start + 1_000).length));
    expect(busiest).toBeLessThanOrEqual(66);
    // The budget is also spent: 300 reads need about five seconds, not ten.
    expect(Math.max(...at) - Math.min(...at)).toBeLessThan(5_500);
  });

  it('serves high priority before all low priority that waits', async () => {
    const budget = createReadBudget(10);
    const order: string[] = [];
    for (let i = 0; i < 20; i += 1) void budget.take('low').then(() => order.push('low'));
    void budget.take('high').then(() => order.push('high'));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(order.indexOf('high')).toBe(1); // the one low read of the burst was out already
    expect(order).toHaveLength(21);
  });

  it('sends nothing while paused and goes on afterwards', async () => {
    const budget = createReadBudget(100);
    budget.pause(2_000);
    let sent = 0;
    for (let i = 0; i < 5; i += 1) void budget.take('high').then(() => (sent += 1));
    await vi.advanceTimersByTimeAsync(1_900);
    expect(sent).toBe(0);
    await vi.advanceTimersByTimeAsync(400);
    expect(sent).toBe(5);
  });

  it('keeps serving after it was idle', async () => {
    const budget = createReadBudget(5);
    await budget.take('low');
    await vi.advanceTimersByTimeAsync(60_000);
    let sent = 0;
    for (let i = 0; i < 5; i += 1) void budget.take('low').then(() => (sent += 1));
    await vi.advanceTimersByTimeAsync(1_500);
    expect(sent).toBe(5);
  });
});
