export { orthonormalColumns } from './orthonormal-columns.js';
export { symmetricEigen, symmetricEigenvalues } from './symmetric-eigen.js';
export type { SymmetricEigen } from './symmetric-eigen.js';
