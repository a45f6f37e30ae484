import { describe, expect, it } from 'vitest';
import { observeHooks } from '../../../src/explain/observe-hooks.ts';
import { Hook } from '../../../src/hook/hook.ts';
import { HookTable } from '../../../src/hook/hook-table.ts';
import { Verdict } from '../../../src/hook/verdict.ts';
import { Packet } from '../../../src/packet/packet.ts';

describe('observeHooks', () => {
  it('keeps the order of functions, among equals too, and stands around each', () => {
    const hooks = new HookTable();
    const ran: string[] = [];
    const add = (name: string, priority: number): void =>
      hooks.add({
        hook: Hook.Input,
        priority,
        name,
        run: () => {
          ran.push(name);
          return Verdict.Accept;
        },
      });
    for (const [name, priority] of [
      ['a', 0],
      ['b', 0],
      ['late', 9],
      ['c', 0],
      ['early', -9],
    ] as const)
      add(name, priority);
    hooks.run(Hook.Input, new Packet());
    const order = ran.splice(0);
    expect(order).toEqual(['early', 'c', 'b', 'a', 'late']);
    const observer = {
      on: false,
      around: (entry: { name: string; run: (packet: Packet) => Verdict }, packet: Packet) => (
        ran.push(`<${entry.name}`), entry.run(packet)
      ),
    };
    observeHooks(hooks, observer);
    hooks.run(Hook.Input, new Packet());
    expect(ran.splice(0)).toEqual(order);
    observer.on = true;
    hooks.run(Hook.Input, new Packet());
    expect(ran).toEqual(order.flatMap((name) => [`<${name}`, name]));
  });
});
