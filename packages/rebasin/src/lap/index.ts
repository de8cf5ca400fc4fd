export { solveAssignment, type Assignment, type AssignmentOptions } from './solve.js';
