/**
 * The evaluator of a table whose hot chains are functions made for them (code-maker.ts); all else is the indexed one's
 * (indexed/evaluator.ts), which answers alike.
 * Proof: test/property/xtables/evaluators.prop.ts.
 * @module
 */
import type { EvaluatorFactory } from '../evaluator.ts';
import { DEFAULT_POLICY, type IndexPolicy } from '../indexed/chain-index.ts';
import { Compiler } from '../compile.ts';
import { IndexedEvaluator } from '../indexed/evaluator.ts';
import { CodeMaker, type CodePolicy, DEFAULT_CODE } from './code-maker.ts';

/** Code where a chain is hot, an index where it is long. */
export const evaluateCompiled: EvaluatorFactory = compiledBy(DEFAULT_CODE);

export function compiledBy(code: CodePolicy, index: IndexPolicy = DEFAULT_POLICY): EvaluatorFactory {
  return (table, services, tally) => {
    const compiler = new Compiler(table, services, index, true);
    return new IndexedEvaluator(table, compiler, tally, new CodeMaker(code, compiler.interfaces, services, tally));
  };
}
