export { choleskyFactor, invertLower } from './cholesky-factor.js';
export { conditionNumber, inverse } from './inverse.js';
export { leadingEigen } from './leading-eigen.js';
export type { LeadingEigen } from './leading-eigen.js';
export { orthonormalColumns } from './orthonormal-columns.js';
export { polarFactor, type PolarFactor } from './polar-factor.js';
export { multiplyTransposed, transposed } from './products.js';
export { symmetricEigen, symmetricEigenvalues } from './symmetric-eigen.js';
export type { SymmetricEigen } from './symmetric-eigen.js';
