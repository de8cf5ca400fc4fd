export { barrierFigure, plotBarriers, type BarrierOptions } from './plots/barriers.js';
export { bandsFigure, type BandsOptions } from './plots/bands.js';
export { boxesFigure, type BoxesOptions } from './plots/boxes.js';
export { figureOf, type PlottedFigure, type PlottedTable } from './plots/figure-of.js';
export { heatmapFigure, type HeatmapOptions } from './plots/heatmap.js';
export { dependenceFigure, plotDependence, type DependenceOptions } from './plots/dependence.js';
export { interpolationFigure, plotInterpolation, type InterpolationOptions } from './plots/interpolation.js';
export { linesFigure, type LinesOptions } from './plots/lines.js';
export { planeFigure, type PlaneOptions } from './plots/plane.js';
export { plotTraining, trainingFigure, type TrainingOptions } from './plots/training.js';
export { composeSvg } from './svg/compose.js';
export { escapeHtml } from './escape.js';
export { distinct, groupBy, meanWithError } from './statistics.js';
export { toCsv } from './tables/csv.js';
export { htmlTable } from './tables/html-table.js';
export { cellText, formatNumber, formatWithError, type Cell, type Column, type Table } from './tables/table.js';
export { textTable } from './tables/text-table.js';
export { renderIndex, type IndexEntry } from './page/render-index.js';
export { themeScript } from './page/script.js';
export { htmlPage, type PageParts } from './page/shell.js';
export { renderReport } from './page/render-report.js';
export type { Report, Section } from './page/report.js';
export type {
  BarrierRow,
  BoxRow,
  HeatmapRow,
  DependenceRow,
  Figure,
  InterpolationRow,
  LegendEntry,
  LineRow,
  Panel,
  PlaneRow,
  TrainingRow,
} from './rows.js';
