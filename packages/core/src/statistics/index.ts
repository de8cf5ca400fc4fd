export * from '@basinlab/tensor/statistics';
