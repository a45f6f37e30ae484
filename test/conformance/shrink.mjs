/**
 * Delta debugging of a disagreement: fewer packets, then fewer rules, as long as the kernel (asked anew each time) and hookline
 * still differ in the same field. Bounded in tries; what is left at the end is a scenario like any other.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { copyScenario, disagreements, recordAgain, truthOf } from './recorder.mjs';

const FILE_HEADER = 24;
const RECORD_HEADER = 16;
const TEXTS = ['rules.v4', 'rules.v6', 'ipset.save'];
const REMOVABLE = /^(\[\d+:\d+\] )?-[AI] |^:\S+ - |^add /;

/** Shrink the scenario in `from` into `to`. Answers what is left, or null when the kernel does not show it again. */
export function shrink(folder, from, to, { tries = 150, log = () => {} } = {}) {
  const [first] = disagreements(from);
  if (first === undefined) return null;
  const trial = new Trial({ folder, from, to, field: first.field, tries });
  if (!trial.holds(trial.packets, trial.lines)) return null;
  if (first.packet >= 0) trial.keepPackets(trial.packets.filter((packet) => packet.index <= first.packet));
  trial.reduce('packets', (rest) => trial.holds(rest, trial.lines));
  log(`${trial.packets.length} packets, ${trial.tries} tries left`);
  trial.reduce('lines', (rest) => trial.holds(trial.packets, rest));
  trial.reduce('packets', (rest) => trial.holds(rest, trial.lines));
  log(`${trial.lines.length} rules and ${trial.packets.length} packets`);
  return trial.finish();
}

class Trial {
  constructor({ folder, from, to, field, tries }) {
    Object.assign(this, { folder, from, to, field, tries });
    /** @type {[name: string, lines: string[]][]} */
    this.texts = TEXTS.filter((name) => existsSync(join(from, name))).map((name) => [
      name,
      readFileSync(join(from, name), 'utf8').split('\n'),
    ]);
    this.lines = this.texts.flatMap(([name, lines]) => lines.flatMap((line, i) => (REMOVABLE.test(line) ? [`${name} ${i}`] : [])));
    this.files = new Map(
      readdirSync(from)
        .filter((name) => name.endsWith('.pcap'))
        .map((name) => [name, readFileSync(join(from, name))]),
    );
    this.packets = readPackets(this.files, JSON.parse(readFileSync(join(from, 'host.json'), 'utf8')));
  }

  /** Whether the two still differ with these packets and rule lines only. */
  holds(packets, lines) {
    if (this.tries-- <= 0) return false;
    this.write(packets, lines);
    return recordAgain(this.folder, this.to) && disagreements(this.to).some(({ field }) => field === this.field);
  }

  keepPackets(fewer) {
    if (fewer.length < this.packets.length && this.holds(fewer, this.lines)) this.packets = fewer;
  }

  /** Leave out ever smaller parts of `this[what]`. */
  reduce(what, holds) {
    for (let size = this[what].length >> 1; size >= 1 && this.tries > 0; size >>= 1) {
      for (let at = 0; at < this[what].length && this.tries > 0; ) {
        const rest = this[what].toSpliced(at, size);
        if (holds(rest)) this[what] = rest;
        else at += size;
      }
    }
  }

  write(packets, lines) {
    copyScenario(this.from, this.to);
    const kept = new Set(lines);
    for (const [name, text] of this.texts) {
      const left = text.filter((line, i) => !REMOVABLE.test(line) || kept.has(`${name} ${i}`));
      writeFileSync(join(this.to, name), left.join('\n'));
    }
    for (const [name, bytes] of this.files) {
      const records = packets.filter((packet) => packet.file === name).map(({ record }) => record);
      if (records.length === 0) rmSync(join(this.to, name));
      else writeFileSync(join(this.to, name), Buffer.concat([bytes.subarray(0, FILE_HEADER), ...records]));
    }
  }

  /** The smallest that was found, recorded once more and packed. */
  finish() {
    this.write(this.packets, this.lines);
    if (!recordAgain(this.folder, this.to)) return null;
    const found = disagreements(this.to);
    writeFileSync(join(this.to, 'truth.json.gz'), gzipSync(JSON.stringify(truthOf(this.to)), { level: 9 }));
    rmSync(join(this.to, 'truth.json'));
    return { found, packets: this.packets.length, rules: this.lines.length };
  }
}

/** Every packet of a scenario in the order they are sent: by time, then interfaces as listed, local ones last. */
function readPackets(files, { interfaces }) {
  const order = [...interfaces.map(({ name }) => `in-${name}.pcap`), 'packets.pcap', 'local.pcap'];
  const packets = order.flatMap((file) => (files.has(file) ? readRecords(file, files.get(file)) : []));
  packets.sort((a, b) => a.seconds - b.seconds || a.fraction - b.fraction);
  return packets.map((packet, index) => ({ ...packet, index }));
}

function readRecords(file, bytes) {
  const records = [];
  for (let at = FILE_HEADER; at + RECORD_HEADER <= bytes.length; ) {
    const end = at + RECORD_HEADER + bytes.readUInt32LE(at + 8);
    records.push({ file, seconds: bytes.readUInt32LE(at), fraction: bytes.readUInt32LE(at + 4), record: bytes.subarray(at, end) });
    at = end;
  }
  return records;
}
