import { align, measure, train } from '@basinlab/experiments';
import { reproduceFigure } from '@basinlab/reproductions';
import { xlaEngine } from '@basinlab/xla';

const engine = await xlaEngine.start();
const run = train({ preset: 'mnist-mlp-w', scale: 'smoke', out: 'runs/w', engine });
run.events.subscribe(({ kind, ...event }) => kind === 'progress' && console.log(event.stage, event.done, '/', event.total));
console.log((await run.result()).models);

const { distances } = await align({ a: 'runs/w:1', b: 'runs/w:2', out: 'runs/aligned', engine }).result();
console.log(distances);

const tables = await measure({
  run: 'runs/w',
  metrics: ['cka', 'linear-mode-connectivity'],
  align: ['none', 'weight-matching'],
  engine,
}).result();
console.log(tables['cka'].rows);

const { summary } = await reproduceFigure({ id: 'mnist-mlp-lmc', scale: 'smoke', out: 'runs/lmc', engine }).result();
console.log(summary.claims);
