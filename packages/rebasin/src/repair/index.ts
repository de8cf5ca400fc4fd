export { repairPlaces, type RepairPlace } from './places.js';
export { repair, type RepairOptions } from './repair.js';
export { statisticsRecorder, type StatisticsRecorder, type UnitStatistics } from './unit-statistics.js';
