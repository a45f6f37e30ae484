import { describe, expect, it } from 'vitest';
import { blankClock, blankClockOfPacket, blankFlowLabel, blankIdentification } from '../../../src/scenario/blank.ts';

const LINK = `${'02'.repeat(12)}0800`;
/** An IPv4 header of 32 octets with a time stamp option, checksum 1234, protocol as given. */
const stamped = (times: string, { protocol = '11', flag = '0', checksum = '1234' } = {}): string =>
  `480000200001000040${protocol}${checksum}0a0000010a000002440c0d0${flag}${times}`;

describe('blankClock', () => {
  it('zeroes the times of flag 0 and the header checksum', () => {
    expect(blankClock(`${LINK}${stamped('1111111122222222')}`)).toBe(`${LINK}${stamped('0000000000000000', { checksum: '0000' })}`);
  });

  it('leaves the addresses that flags 1 and 3 put before each time', () => {
    const blanked = `${LINK}${stamped('0a00000100000000', { flag: '1', checksum: '0000' })}`;
    expect(blankClock(`${LINK}${stamped('0a00000122222222', { flag: '1' })}`)).toBe(blanked);
  });

  it('zeroes those of a header that an ICMP error quotes, and the ICMP checksum', () => {
    const outer = '45000000000100004001abcd0a0000020a000001';
    const frame = (icmp: string, inner: string): string => `${LINK}${outer}0303${icmp}00000000${inner}`;
    expect(blankClock(frame('9999', stamped('1111111122222222')))).toBe(frame('0000', stamped('0000000000000000', { checksum: '0000' })));
  });

  it.each([
    ['no option', `${LINK}45000014000100004011abcd0a0000020a000001`],
    ['an option cut short', `${LINK}48000020000100004011abcd0a0000020a00000144`],
    ['an option longer than its header', `${LINK}46000018000100004011abcd0a0000020a000001440c0d00`],
    ['no IPv4', `${'02'.repeat(12)}86dd6000`],
    ['nothing at all', ''],
  ])('leaves alone: %s', (_, frame) => {
    expect(blankClock(frame)).toBe(frame);
  });

  it('works without a link header', () => {
    expect(blankClockOfPacket(stamped('1111111122222222'))).toBe(stamped('0000000000000000', { checksum: '0000' }));
    expect(blankClockOfPacket('60000000')).toBe('60000000');
  });
});

describe('random numbers', () => {
  it('zeroes the IPv4 identification and checksum', () => {
    const frame = (id: string, checksum: string): string => `${LINK}45000014${id}00004011${checksum}0a0000020a000001`;
    expect(blankIdentification(frame('beef', 'abcd'))).toBe(frame('0000', '0000'));
  });

  it('zeroes the identification of an IPv6 fragment, behind other headers too', () => {
    const frame = (id: string): string => `${'02'.repeat(12)}86dd60000000002000ff${'00'.repeat(32)}2c000000000000001100000${1}${id}`;
    expect(blankIdentification(frame('deadbeef'))).toBe(frame('00000000'));
  });

  it('zeroes the flow label only', () => {
    expect(blankFlowLabel(`${'02'.repeat(12)}86dd6ab12345`)).toBe(`${'02'.repeat(12)}86dd6ab00000`);
  });
});
