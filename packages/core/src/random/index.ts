export * from '@basinlab/tensor/random';
