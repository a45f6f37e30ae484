/**
 * npm.mjs PACKAGE pcap|pcapng FILE PASSES: packages of npm that split a capture into records. They decode no headers; what is
 * summed up is what hookline's reading sums up: the last octet and the length of every packet.
 */
import { EventEmitter } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [name, format, file, passes] = process.argv.slice(2);
const folder = resolve('.cache/peers/npm/node_modules');
const require = createRequire(`${folder}/`);
const octets = readFileSync(format === 'pcapng' ? pcapngOf(file) : file);
const PIECE = 65_536;

const WAYS = { 'pcap-parser': pcapParser, 'pcap-decoder': pcapDecoder, 'pcap-ng-parser': pcapNgParser };

function pcapngOf(path) {
  const made = `${path}ng`;
  if (!existsSync(made)) throw new Error(`${made} is not there`);
  return made;
}

async function pcapParser() {
  const { parse } = require('pcap-parser');
  return () => {
    const feed = Object.assign(new EventEmitter(), { pause() {}, resume() {} });
    let items = 0;
    let check = 0;
    parse(feed).on('packet', ({ header, data }) => {
      items++;
      check = (check + data[data.length - 1] + header.originalLength) | 0;
    });
    for (let at = 0; at < octets.length; at += PIECE) feed.emit('data', octets.subarray(at, at + PIECE));
    return { items, check };
  };
}

async function pcapDecoder() {
  const imported = await import(pathToFileURL(`${folder}/pcap-decoder/dist/decoder.js`).href);
  const Decoder = imported.default.default ?? imported.default;
  return () => {
    const decoder = new Decoder();
    let items = 0;
    let check = 0;
    for (let at = 0; at < octets.length; at += PIECE) {
      for (const { body } of decoder.decode(octets.subarray(at, at + PIECE))) {
        items++;
        check = (check + body[body.length - 1] + body.length) | 0;
      }
    }
    return { items, check };
  };
}

async function pcapNgParser() {
  const Parser = require('pcap-ng-parser');
  return () =>
    new Promise((done, failed) => {
      const parser = new Parser();
      let items = 0;
      let check = 0;
      parser.on('data', ({ data }) => {
        items++;
        check = (check + data[data.length - 1] + data.length) | 0;
      });
      parser.on('end', () => done({ items, check }));
      parser.on('error', failed);
      for (let at = 0; at < octets.length; at += PIECE) parser.write(octets.subarray(at, at + PIECE));
      parser.end();
    });
}

const pass = await WAYS[name]();
const run = { items: 0, check: 0, wall: [], cpu: [], memory: 0 };
for (let i = 0; i < Number(passes); i++) {
  const before = process.cpuUsage();
  const started = process.hrtime.bigint();
  const { items, check } = await pass();
  const elapsed = Number(process.hrtime.bigint() - started);
  const { user, system } = process.cpuUsage(before);
  run.wall.push(elapsed / items);
  run.cpu.push(((user + system) * 1000) / items);
  Object.assign(run, { items, check });
}
run.memory = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify(run));
