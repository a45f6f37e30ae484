/**
 * The script that collects what a replay needs to know of a machine: POSIX sh, reads only, one file a command, under the names
 * that --host knows (host/saved-host.ts, FOLDER_FILES below). A command that is not there or fails leaves no file but a line in
 * errors.txt.
 * @module
 */

/** Files of a folder that are no part of the host: rules and sets, taken where the command line names none. */
export const FOLDER_FILES: { readonly rules: string; readonly rules6: string; readonly ipset: string } = {
  rules: 'rules.v4',
  rules6: 'rules.v6',
  ipset: 'ipset.save',
};

/** Name of a file, and the command that writes it. */
const PARTS: readonly (readonly [file: string, command: string])[] = [
  [FOLDER_FILES.ipset, 'ipset save'],
  ['addr.json', 'ip -j addr'],
  ['route.json', 'ip -j route show table all'],
  ['route6.json', 'ip -6 -j route show table all'],
  ['neigh.json', 'ip -j neigh'],
  ['rule.json', 'ip -j rule'],
  ['rule6.json', 'ip -6 -j rule'],
  ['sysctl.txt', 'sysctl -a'],
  ['conntrack.txt', 'conntrack -L -o extended -f ipv4'],
  ['conntrack6.txt', 'conntrack -L -o extended -f ipv6'],
];

export const SNAPSHOT_SCRIPT: string = `#!/bin/sh
# Collects what hookline needs to know of this machine (or network namespace) into a folder. Reads only; needs root.
#   sh snapshot.sh [FOLDER]          then   hookline replay capture.pcap --host FOLDER
set -u
umask 077
PATH=$PATH:/usr/sbin:/sbin
LC_ALL=C
export PATH LC_ALL
folder=\${1:-hookline-snapshot}
mkdir -p "$folder" || exit 1

# save FILE COMMAND...: what the command prints, or a line in errors.txt
save() {
  file=$folder/$1
  shift
  if "$@" > "$file.part" 2> "$folder/errors.part"; then
    mv "$file.part" "$file"
  else
    echo "$*: $(tail -n 1 "$folder/errors.part")" >> "$folder/errors.txt"
    rm -f "$file.part"
  fi
  rm -f "$folder/errors.part"
}

# rules FILE COMMAND LEGACY: the rules, by whichever of the two iptables there are holds them
rules() {
  save "$1" "$2" -c
  command -v "$3" > /dev/null 2>&1 || return 0
  if [ ! -s "$folder/$1" ]; then
    save "$1" "$3" -c
  elif [ "$("$2")" != "$("$3")" ] && "$3" | grep -q '^-A'; then
    echo "$3: holds rules too, which are not in $1" >> "$folder/errors.txt"
  fi
}

rm -f "$folder/errors.txt"
rules ${FOLDER_FILES.rules} iptables-save iptables-legacy-save
rules ${FOLDER_FILES.rules6} ip6tables-save ip6tables-legacy-save
${PARTS.map(([file, command]) => `save ${file} ${command}`).join('\n')}
if [ -s "$folder/errors.txt" ]; then
  echo "$folder: without" >&2
  cat "$folder/errors.txt" >&2
fi
if [ ! -s "$folder/addr.json" ]; then
  exit 1
fi
echo "$folder: saved; hookline takes it as --host $folder" >&2
`;
