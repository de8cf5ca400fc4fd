import type { AddCommand } from '../command.js';
import { addReproduce } from './reproduce.js';

/** Every command, in the order of the help text. */
export const commands: readonly AddCommand[] = [addReproduce];
