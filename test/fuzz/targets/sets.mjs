/** The ipset reader: reads or refuses with a place; what it read prints, and what it printed reads and prints the same. */
import { readFileSync } from 'node:fs';
import { HooklineError } from '../../../dist/errors.js';
import { parseSets, printSets } from '../../../dist/xtables/set/store.js';
import { filesBelow, FIXTURES } from '../corpus.mjs';
import { textTarget } from '../text-target.mjs';

const OF_EVERY_TYPE = `create a hash:ip family inet hashsize 1024 maxelem 65536 timeout 300 counters comment skbinfo
add a 10.0.0.1 timeout 5 packets 1 bytes 2 comment "x y" skbmark 0x1/0xff skbprio 1:2 skbqueue 3
create b hash:net,iface family inet6
add b 2001:db8::/32,eth0 nomatch
create c bitmap:port range 0-1024
add c 22
create d list:set size 8
add d a
add d b before a
create e hash:ip,port,net
add e 10.0.0.0/30,tcp:80-90,192.0.2.0/24
create f hash:mac
add f 02:00:00:00:00:01
create g bitmap:ip,mac range 10.0.0.0/16
add g 10.0.0.1,02:00:00:00:00:01
del a 10.0.0.1 -exist
swap a e
rename c z
`;

const MAX_SEED = 8000;

const target = textTarget(
  () => [
    OF_EVERY_TYPE,
    ...filesBelow(FIXTURES, (name) => name.endsWith('ipset.save')).map((path) => readFileSync(path, 'utf8').slice(0, MAX_SEED)),
  ],
  (text) => {
    // a range may stand for millions of elements, which is allowed and slow
    if (/[0-9a-f]\/([0-9]|1[0-7])\b|-[0-9a-f]/i.test(text)) return 'large';
    // ipset saves a name with blanks without its quotes: that text reads as another
    if (/^\s*(create|n|-N|rename|e|-E)\b.*"/m.test(text)) return 'quoted';
    let printed;
    try {
      printed = printSets(parseSets(text, 'f'));
    } catch (error) {
      if (error instanceof HooklineError) return error.message.replaceAll(/[0-9]+/g, '0').slice(0, 60);
      throw error;
    }
    const again = printSets(parseSets(printed, 'f'));
    if (again !== printed) throw new Error(`not a fixed point:\n${printed}\n--- then\n${again}`);
    return [...new Set(printed.match(/^create \S+ (\S+)/gm))].join(' ').slice(0, 100);
  },
);
export { target };
