/**
 * Mutants of a TypeScript file: one small change of its meaning each. Operators, numbers, conditions, answers and whole statements
 * are changed; types, imports, texts and comments are left alone. The syntax tree says where.
 */
import { parseSync } from 'oxc-parser';

const SWAPS = new Map([
  ['===', '!=='],
  ['!==', '==='],
  ['<', '<='],
  ['<=', '<'],
  ['>', '>='],
  ['>=', '>'],
  ['+', '-'],
  ['-', '+'],
  ['*', '+'],
  ['&', '|'],
  ['|', '&'],
  ['^', '|'],
  ['<<', '>>>'],
  ['>>>', '<<'],
  ['>>', '<<'],
  ['&&', '||'],
  ['||', '&&'],
  ['??', '&&'],
  ['+=', '-='],
  ['-=', '+='],
  ['&=', '|='],
  ['|=', '&='],
]);

/** Kinds of nodes that have no meaning at run time, or none worth testing. */
const SKIPPED = /^(TS|Import|ExportAll)/;

/**
 * Every mutant: where, what stands there instead, the expression or statement it changes (`node`), and whether that is code that runs
 * when the module is loaded.
 */
export function mutantsOf(file, text) {
  const { program } = parseSync(file, text);
  const found = [];
  let atLoad = true;
  const visit = (node, parent) => {
    if (node === null || typeof node !== 'object' || SKIPPED.test(node.type ?? '')) return;
    if (Array.isArray(node)) {
      for (const child of node) visit(child, parent);
      return;
    }
    mutate(node, parent, text, (start, end, to, what, changed = node) =>
      found.push({ file, atLoad, node: [changed.start, changed.end], start, end, to, what, line: text.slice(0, start).split('\n').length }),
    );
    const outside = atLoad;
    if (runsLater(node)) atLoad = false;
    for (const [key, child] of Object.entries(node)) {
      if (key !== 'typeAnnotation' && key !== 'returnType' && key !== 'typeParameters' && key !== 'parent') visit(child, node);
    }
    atLoad = outside;
  };
  visit(program.body, program);
  return found;
}

function runsLater(node) {
  return /Function/.test(node.type) || (node.type === 'PropertyDefinition' && !node.static);
}

/** The text with all of these mutants in it, each where `mutant(its id)` is true; they must not overlap. */
export function switched(text, mutants) {
  let out = text;
  for (const { id, node, start, end, to } of mutants.toSorted((a, b) => b.node[0] - a.node[0])) {
    const [from, till] = node;
    const was = text.slice(from, till);
    const is = text.slice(from, start) + to + text.slice(end, till);
    const choice = is === ';' ? `{ if (!globalThis.mutant(${id})) { ${was} } }` : `(globalThis.mutant(${id}) ? (${is}) : (${was}))`;
    out = out.slice(0, from) + choice + out.slice(till);
  }
  return out;
}

/** Whether two mutants change one another's text. */
export function overlap(a, b) {
  return a.file === b.file && a.node[0] < b.node[1] && b.node[0] < a.node[1];
}

function mutate(node, parent, text, add) {
  switch (node.type) {
    case 'BinaryExpression':
    case 'LogicalExpression':
    case 'AssignmentExpression': {
      const to = SWAPS.get(node.operator);
      if (to === undefined) return;
      const from = node.left.end + text.slice(node.left.end, node.right.start).indexOf(node.operator);
      add(from, from + node.operator.length, to, `${node.operator} to ${to}`);
      return;
    }
    case 'UnaryExpression':
      if (node.operator === '!' || node.operator === '~') add(node.start, node.start + 1, '', `without ${node.operator}`);
      return;
    case 'UpdateExpression': {
      const at = node.prefix ? node.start : node.end - 2;
      add(at, at + 2, node.operator === '++' ? '--' : '++', `the other of ${node.operator}`);
      return;
    }
    case 'Literal':
      if (typeof node.value === 'number' && parent.type !== 'Property')
        add(node.start, node.end, `(${node.raw} + 1)`, `${node.raw} and one more`);
      else if (typeof node.value === 'boolean') add(node.start, node.end, String(!node.value), `not ${node.raw}`);
      return;
    case 'IfStatement':
      add(node.test.start, node.test.end, 'false', 'never', node.test);
      return;
    case 'ConditionalExpression':
      add(node.test.start, node.test.end, 'true', 'always the first', node.test);
      return;
    case 'ReturnStatement':
      return;
    case 'ExpressionStatement':
      // a statement that is a call or an assignment, left out
      if (node.expression.type !== 'StringLiteral') add(node.start, node.end, ';', 'left out');
      return;
    default:
  }
}
