export { solveNestedAssignment, type NestedAssignmentOptions } from './nested.js';
export { solveAssignment, type Assignment, type AssignmentOptions } from './solve.js';
