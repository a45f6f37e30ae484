import { describe, expect, it } from 'vitest';
import { listRules } from '../../../src/iptables/list.ts';
import { parseRules } from '../../../src/iptables/save.ts';

const RULES = `*filter
:INPUT DROP [99999:100000]
:FORWARD ACCEPT [10000000:9999999999]
:averyveryverylongchainname12 - [0:0]
:b - [0:0]
[99999:99999] -A INPUT -s 1.2.3.4 -j averyveryverylongchainname12
[100000:100000] -A INPUT ! -s 111.222.111.222/255.255.0.255 ! -d 111.222.111.222 -j b
[9999999:9999999] -A INPUT -p tcp -g b
[9999499999:9999500000] -A INPUT ! -p 253 -i eth0
[10000000000:9999999999999] -A INPUT -f ! -i averylongname12
[1:1] -A FORWARD ! -f -i + -o lo -j QUEUE
COMMIT
`;

// Recorded from iptables-legacy 1.8.9 -L -n.
const VERBOSE = `Chain INPUT (policy DROP 99999 packets, 100K bytes)
num   pkts bytes target     prot opt in     out     source               destination         
1    99999 99999 averyveryverylongchainname12  0    --  *      *       1.2.3.4              0.0.0.0/0           
2     100K  100K b          0    --  *      *      !111.222.0.222/255.255.0.255 !111.222.111.222     
3      10M   10M b          6    --  *      *       0.0.0.0/0            0.0.0.0/0           [goto] 
4      10G   10G           !253  --  eth0   *       0.0.0.0/0            0.0.0.0/0           
5      10G   10T            0    -f  !averylongname12 *       0.0.0.0/0            0.0.0.0/0           

Chain FORWARD (policy ACCEPT 10M packets, 10G bytes)
num   pkts bytes target     prot opt in     out     source               destination         
1        1     1 QUEUE      0    !f  +      lo      0.0.0.0/0            0.0.0.0/0           

Chain OUTPUT (policy ACCEPT 0 packets, 0 bytes)
num   pkts bytes target     prot opt in     out     source               destination         

Chain averyveryverylongchainname12 (1 references)
num   pkts bytes target     prot opt in     out     source               destination         

Chain b (2 references)
num   pkts bytes target     prot opt in     out     source               destination         
`;

describe('listRules', () => {
  const set = parseRules(RULES);

  it('shows counters in short form with -v', () => {
    expect(listRules(set, { table: 'filter', verbose: true, lineNumbers: true })).toBe(VERBOSE);
  });

  it('shows them in full with -x', () => {
    const [head, columns, first, second] = listRules(set, { table: 'filter', verbose: true, exact: true }).split('\n');
    expect(head).toBe('Chain INPUT (policy DROP 99999 packets, 100000 bytes)');
    expect(columns).toBe('    pkts      bytes target     prot opt in     out     source               destination         ');
    expect(first).toBe('   99999    99999 averyveryverylongchainname12  0    --  *      *       1.2.3.4              0.0.0.0/0           ');
    expect(second).toBe('  100000   100000 b          0    --  *      *      !111.222.0.222/255.255.0.255 !111.222.111.222     ');
  });

  it('shows no counters without -v', () => {
    expect(listRules(set, { table: 'filter', chain: 'FORWARD' })).toBe(`Chain FORWARD (policy ACCEPT)
target     prot opt source               destination         
QUEUE      0    !f  0.0.0.0/0            0.0.0.0/0           
`);
  });

  it('shows an empty table as the book has it', () => {
    expect(listRules(parseRules('*filter\nCOMMIT\n'), { table: 'filter' })).toBe(`Chain INPUT (policy ACCEPT)
target     prot opt source               destination         

Chain FORWARD (policy ACCEPT)
target     prot opt source               destination         

Chain OUTPUT (policy ACCEPT)
target     prot opt source               destination         
`);
  });

  it('is empty for a table or chain that is not there', () => {
    expect(listRules(set, { table: 'raw' })).toBe('');
    expect(listRules(set, { table: 'filter', chain: 'nonesuch' })).toBe('');
  });

  it('shows IPv6 alike', () => {
    const six = parseRules(
      '*filter\n-A INPUT ! -s 2001:db8:1234:5678:9abc:def0:1234:5678 ! -d 2001:db8:1234:5678::/64 -p tcp -i eth0\nCOMMIT\n',
      { family: 6 },
    );
    const lines = listRules(six, { table: 'filter', verbose: true }).split('\n');
    expect(lines[2]).toBe(
      '    0     0            6    --  eth0   *      !2001:db8:1234:5678:9abc:def0:1234:5678 !2001:db8:1234:5678::/64 ',
    );
  });

  it('leaves out what no packet hit', () => {
    const hit = parseRules('*raw\nCOMMIT\n*filter\n:x - [0:0]\n-A INPUT -j DROP\n[1:2] -A INPUT -j ACCEPT\n-A x\nCOMMIT\n');
    expect(listRules(hit, { hitOnly: true, lineNumbers: true })).toBe(`Table filter
Chain INPUT (policy ACCEPT)
num  target     prot opt source               destination         
2    ACCEPT     0    --  0.0.0.0/0            0.0.0.0/0           
`);
  });
});
