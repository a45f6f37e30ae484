/** All checks against the one mutant that loader.mjs puts in place: exit 1 when one fails. */
import { checks } from './scenarios.mjs';

if (checks.some((fails) => fails())) process.exit(1);
