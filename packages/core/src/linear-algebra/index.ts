export * from '@basinlab/tensor/linear-algebra';
