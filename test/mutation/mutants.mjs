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

/** Every mutant: where, in which function (''; in none that has a name), and what stands there instead. */
export function mutantsOf(file, text) {
  const { program } = parseSync(file, text);
  const found = [];
  let within = '';
  const add = (start, end, to, what) => found.push({ file, within, start, end, to, what, line: text.slice(0, start).split('\n').length });
  const visit = (node, parent) => {
    if (node === null || typeof node !== 'object' || SKIPPED.test(node.type ?? '')) return;
    if (Array.isArray(node)) {
      for (const child of node) visit(child, parent);
      return;
    }
    mutate(node, parent, text, add);
    const outside = within;
    if (isFunction(node)) within = (node.id ?? node.key).name ?? '';
    for (const [key, child] of Object.entries(node)) {
      if (key !== 'typeAnnotation' && key !== 'returnType' && key !== 'typeParameters' && key !== 'parent') visit(child, node);
    }
    within = outside;
  };
  visit(program.body, program);
  return found;
}

/** A function or method by its own name; one without belongs to what is around it, as does a constructor. */
function isFunction({ type, kind }) {
  return type === 'FunctionDeclaration' || (type === 'MethodDefinition' && kind !== 'constructor');
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
      add(node.test.start, node.test.end, 'false', 'never');
      return;
    case 'ConditionalExpression':
      add(node.test.start, node.test.end, 'true', 'always the first');
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
