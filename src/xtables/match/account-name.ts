/**
 * User and group numbers by name, as rules may write them: those Debian's base-passwd gives on every installation. Other names
 * mean nothing away from their machine and are refused.
 * @module
 */
const SHARED: readonly (readonly [string, number])[] = [
  ...([
    ['root', 0],
    ['daemon', 1],
    ['bin', 2],
    ['sys', 3],
    ['man', 12],
    ['lp', 7],
    ['mail', 8],
    ['news', 9],
    ['uucp', 10],
  ] as const),
  ...([
    ['proxy', 13],
    ['www-data', 33],
    ['backup', 34],
    ['list', 38],
    ['irc', 39],
    ['games', 60],
  ] as const),
];

const USERS: ReadonlyMap<string, number> = new Map([...SHARED, ['sync', 4], ['games', 5], ['man', 6], ['_apt', 42], ['nobody', 65_534]]);

const GROUPS: ReadonlyMap<string, number> = new Map([
  ...SHARED,
  ...([
    ['adm', 4],
    ['tty', 5],
    ['disk', 6],
    ['kmem', 15],
    ['dialout', 20],
    ['fax', 21],
    ['voice', 22],
    ['cdrom', 24],
  ] as const),
  ...([
    ['floppy', 25],
    ['tape', 26],
    ['sudo', 27],
    ['audio', 29],
    ['dip', 30],
    ['operator', 37],
    ['src', 40],
  ] as const),
  ...([
    ['shadow', 42],
    ['utmp', 43],
    ['video', 44],
    ['sasl', 45],
    ['plugdev', 46],
    ['staff', 50],
    ['users', 100],
  ] as const),
  ['nogroup', 65_534],
]);

/** The number of a user, or null. */
export function userNumber(name: string): number | null {
  return USERS.get(name) ?? null;
}

/** The number of a group, or null. */
export function groupNumber(name: string): number | null {
  return GROUPS.get(name) ?? null;
}
