/**
 * The manual page, made from the tree of commands; man(7) macros. man/hookline.1 is kept in step by test/e2e/man.test.ts
 * (UPDATE_MAN=1 writes it).
 * @module
 */
import type { Command } from 'commander';
import { argumentsOf, type OptionFacts, optionsOf, textBehind } from './option-facts.ts';

export interface ManFacts {
  readonly version: string;
  /** Of the page. */
  readonly date: string;
  readonly exitStatus: readonly (readonly [code: number, meaning: string])[];
}

export function manPage(root: Command, { version, date, exitStatus }: ManFacts): string {
  const lines = [
    `.TH HOOKLINE 1 ${date} "hookline ${version}" "User Commands"`,
    '.SH NAME',
    `hookline \\- ${escaped(root.description())}`,
    '.SH SYNOPSIS',
    ...root.commands.flatMap((command, i) => [...(i === 0 ? [] : ['.br']), `.B hookline ${command.name()}`, ...synopsis(command)]),
    '.SH DESCRIPTION',
    'Replays captures through iptables rule sets exactly as a Linux router would, and tells for every packet what becomes of it and why.',
    'Data goes to standard output, everything else to standard error.',
    '.SH COMMANDS',
    ...root.commands.flatMap(commandLines),
    '.SH FILTERS',
    'What stands behind',
    '.B \\-\\-',
    'is a filter in the language of',
    '.BR pcap-filter (7).',
    'It selects the packets that are told; all packets go through the rules.',
    '.SH EXIT STATUS',
    ...exitStatus.flatMap(([code, meaning]) => ['.TP', `.B ${code}`, escaped(meaning)]),
    '.SH SEE ALSO',
    '.BR iptables-save (8),',
    '.BR conntrack (8),',
    '.BR tcpdump (1),',
    '.BR pcap-filter (7)',
  ];
  return `${lines.join('\n')}\n`;
}

function synopsis(command: Command): string[] {
  const given = argumentsOf(command).map(({ text }) => text.replace(/[<>]/g, ''));
  return [`.RI [ options ] ${given.map((text) => `\\ \\fI${escaped(text)}\\fP`).join('')}`.trimEnd()];
}

function commandLines(command: Command): string[] {
  const args = argumentsOf(command).filter(({ description }) => description !== '');
  return [
    `.SS ${command.name()}`,
    `${sentence(command.description())}`,
    ...args.flatMap(({ text, description }) => ['.TP', `.I ${escaped(text.replace(/[<>]/g, ''))}`, escaped(description)]),
    ...optionsOf(command).flatMap(optionLines),
    ...behindLines(textBehind(command)),
  ];
}

function optionLines({ short, long, value, description, choices, byDefault }: OptionFacts): string[] {
  const shown = [short, long].filter((text) => text !== '').map((text) => `\\fB${escaped(text)}\\fP`);
  const argument = value === '' ? '' : ` \\fI${escaped(value.replace(/[<>]/g, ''))}\\fP`;
  const more = [...(choices.length > 0 ? [`one of ${choices.join(', ')}`] : []), ...(byDefault === '' ? [] : [`default: ${byDefault}`])];
  return ['.TP', `${shown.join(', ')}${argument}`, `${escaped(description)}${more.length > 0 ? ` (${escaped(more.join('; '))})` : ''}`];
}

/** Paragraphs as they are, lines that are set in stand as they are. */
function behindLines(text: string): string[] {
  if (text === '') return [];
  return text.split(/\n\n+/).flatMap((paragraph) => {
    const [first = '', ...rest] = paragraph.split('\n');
    const isList = rest.length > 0 && rest.every((line) => line.startsWith('  '));
    if (!isList) return ['.PP', ...paragraph.split('\n').map(escaped)];
    return ['.PP', escaped(first), '.PP', '.nf', ...rest.map(escaped), '.fi'];
  });
}

function sentence(text: string): string {
  return escaped(`${text.charAt(0).toUpperCase()}${text.slice(1)}.`);
}

/** Without what roff gives a meaning. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/, '\\&$1')
    .replaceAll('…', '...');
}
