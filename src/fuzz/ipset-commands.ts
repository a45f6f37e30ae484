/**
 * ipsets against a model of a few lines: fast-check commands that add, delete, flush and let time pass, and hold that a packet is in
 * the set exactly when the model says so.
 *
 *   fc.assert(fc.property(ipsetCommands(), (commands) =>
 *     fc.modelRun(() => ({ model: new IpsetModel(), real: new IpsetUnderTest('hash:ip') }), commands)));
 *
 * @module
 */
import fc from 'fast-check';
import { formatIpv4, parseIpv4 } from '../inet/ipv4.ts';
import { Packet } from '../packet/packet.ts';
import { parseSets, type SetStore } from '../xtables/set/store.ts';

const NAME = 'fuzzed';
const SOURCE = Uint8Array.of(1);
/** A network all candidates lie in: bitmap:ip needs one. */
const RANGE = '10.0.0.0/24';

/** Types whose elements may be lone addresses. */
export type IpsetType = 'hash:ip' | 'hash:net' | 'bitmap:ip';

/** Addresses and when they run out, seconds; 0: never. */
export class IpsetModel {
  nowSec = 0;
  readonly elements: Map<number, number> = new Map();

  has(address: number): boolean {
    const end = this.elements.get(address);
    return end !== undefined && (end === 0 || end > this.nowSec);
  }
}

/** A set, driven by the commands. */
export class IpsetUnderTest {
  private readonly store: SetStore;
  private readonly packet: Packet = new Packet();
  private nowSec = 0;

  constructor(type: IpsetType = 'hash:ip') {
    this.store = parseSets(`create ${NAME} ${type} ${type === 'bitmap:ip' ? `range ${RANGE} ` : ''}timeout 0\n`);
    this.packet.family = 4;
    // the set's clock begins with the first packet
    this.has(0);
  }

  wait(seconds: number): void {
    this.nowSec += seconds;
    this.has(0);
  }

  /** Run one line of ipset: add, del or flush. */
  line(text: string): void {
    parseSets(`${text}\n`, 'line', this.store);
  }

  has(address: number): boolean {
    this.packet.nowUs = 1e15 + 1e6 * this.nowSec;
    this.packet.src0 = address;
    return this.store.get(NAME)!.test(this.packet, SOURCE);
  }
}

/** One step of a run. */
export type IpsetAction = fc.Command<IpsetModel, IpsetUnderTest>;

/** A command from a name and what it does to both. */
function action(name: string, run: (model: IpsetModel, real: IpsetUnderTest) => void): IpsetAction {
  return { check: () => true, run, toString: () => name };
}

function expectSame(model: IpsetModel, real: IpsetUnderTest, address: number): void {
  const wanted = model.has(address);
  if (real.has(address) !== wanted) throw new Error(`${formatIpv4(address)} is ${wanted ? 'not ' : ''}in the set`);
}

/** Few addresses, so that commands meet. */
const ADDRESSES = Array.from({ length: 8 }, (_, i) => parseIpv4(`10.0.0.${i * 31 + 1}`)!);

export function ipsetCommands(): fc.Arbitrary<Iterable<IpsetAction>> {
  const address = fc.constantFrom(...ADDRESSES);
  return fc.commands(
    [
      fc.tuple(address, fc.constantFrom(0, 0, 5, 30)).map(([word, timeout]) =>
        action(`add ${formatIpv4(word)} timeout ${timeout}`, (model, real) => {
          model.elements.set(word, timeout === 0 ? 0 : model.nowSec + timeout);
          real.line(`add ${NAME} ${formatIpv4(word)} timeout ${timeout} -exist`);
          expectSame(model, real, word);
        }),
      ),
      address.map((word) =>
        action(`del ${formatIpv4(word)}`, (model, real) => {
          model.elements.delete(word);
          real.line(`del ${NAME} ${formatIpv4(word)} -exist`);
          expectSame(model, real, word);
        }),
      ),
      address.map((word) => action(`test ${formatIpv4(word)}`, (model, real) => expectSame(model, real, word))),
      fc.constant(
        action('flush', (model, real) => {
          model.elements.clear();
          real.line(`flush ${NAME}`);
        }),
      ),
      fc.constantFrom(1.5, 4.5, 10.5, 31.5).map((seconds) =>
        action(`wait ${seconds} s`, (model, real) => {
          model.nowSec += seconds;
          real.wait(seconds);
          for (const word of ADDRESSES) expectSame(model, real, word);
        }),
      ),
    ],
    { maxCommands: 60 },
  );
}
