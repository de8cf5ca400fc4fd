export * from '@basinlab/tensor/cache';
