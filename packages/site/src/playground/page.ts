import { lossAt, type Curve } from './curve.js';
import { drawCurve } from './curve-view.js';
import { drawDecision, shares } from './decision-view.js';
import { engines, startEngine, type EngineName } from './engine.js';
import { choices } from './networks.js';
import { addNumbers } from './numbers-view.js';
import { epochs } from './pair.js';
import { createSession, type Line, type Session } from './session.js';
import { arms } from './spirals.js';

// The page: controls on one side, one session on the other. What is drawn is always a function of `state`.

const element = <E extends HTMLElement>(id: string): E => document.getElementById(id) as E;
const [form, network, engine] = [
  element<HTMLFormElement>('settings'),
  element<HTMLSelectElement>('network'),
  element<HTMLSelectElement>('engine'),
];
const [seed, slider] = [element<HTMLInputElement>('seed'), element<HTMLInputElement>('lambda')];
const [trainButton, alignButton] = [element<HTMLButtonElement>('train'), element<HTMLButtonElement>('align')];
const [progress, lines] = [element<HTMLProgressElement>('progress'), element('lines')];

interface State {
  readonly session: Session;
  readonly label: string;
  trained: Curve;
  aligned: Curve | undefined;
  line: Line;
}

let state: State | undefined;

const say = (text: string): void => void (element('status').textContent = text);
const frame = (): Promise<unknown> => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
const choice = () => choices.find(({ id }) => id === network.value)!;

/** One drawing at a time: a slider asks for more than a phone can compute, and only the last place counts. */
let drawing: Promise<void> | undefined;
let stale = false;
async function draw(): Promise<void> {
  stale = true;
  drawing ??= (async () => {
    while (stale) {
      stale = false;
      await drawOnce();
      await frame();
    }
    drawing = undefined;
  })();
  return drawing;
}

async function drawOnce(): Promise<void> {
  if (state === undefined) return;
  const { session, trained, aligned, line } = state;
  const lambda = Number(slider.value);
  const shown = line === 'aligned' ? aligned! : trained;
  const place = `${Math.round(100 * (1 - lambda))}% A, ${Math.round(100 * lambda)}% B, loss ${lossAt(shown, lambda).toFixed(2)}`;
  element('place').textContent = place;
  slider.setAttribute('aria-valuetext', place);
  drawCurve(element('curve'), { trained, aligned, line, lambda });
  const probabilities = await session.decisions(line, lambda);
  const canvas = element<HTMLCanvasElement>('decision');
  drawDecision(canvas, probabilities, session.test);
  const parts = shares(probabilities, arms).map((share, k) => `class ${k + 1} on ${Math.round(100 * share)}%`);
  canvas.setAttribute('aria-label', `Decision at ${place}: ${parts.join(', ')} of the plane`);
}

async function useEngine(): Promise<EngineName> {
  const names = engine.value === '' ? (Object.keys(engines) as EngineName[]) : [engine.value as EngineName];
  return startEngine(names);
}

async function train(): Promise<void> {
  state?.session.dispose();
  state = undefined;
  const { label } = choice();
  const name = await useEngine();
  const session = createSession(choice().network(), Number(seed.value));
  lines.hidden = element('aligned-legend').hidden = true;
  lines.querySelector<HTMLInputElement>('[value=trained]')!.checked = true;
  progress.hidden = false;
  const started = performance.now();
  for await (const { epoch, curve } of session.train(new AbortController().signal)) {
    state ??= { session, label: `${label}, ${seed.value}`, trained: curve, aligned: undefined, line: 'trained' };
    state.trained = curve;
    progress.value = epoch / epochs;
    await draw();
    if (epoch === 0) say(`Training ${label} networks on ${engines[name]} …`);
  }
  progress.hidden = true;
  slider.disabled = false;
  const { trained, label: called } = state!;
  addNumbers(element('numbers'), `${called}, as trained`, trained);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  say(`Trained in ${seconds} s on ${engines[name]}. Barrier between the two ${label} networks: ${trained.barrier.toFixed(2)} nats.`);
}

async function align(): Promise<void> {
  if (state === undefined) return;
  const { curve, moved, changed } = await state.session.align();
  state.aligned = curve;
  state.line = 'aligned';
  lines.hidden = element('aligned-legend').hidden = false;
  lines.querySelector<HTMLInputElement>('[value=aligned]')!.checked = true;
  await draw();
  addNumbers(element('numbers'), `${state.label}, aligned`, curve);
  const neurons = moved === 0 ? 'No neuron of B moved: its order is the best already.' : `${moved} of B's 128 hidden neurons moved.`;
  const barriers = `Barrier ${state.trained.barrier.toFixed(2)} before, ${curve.barrier.toFixed(2)} after.`;
  const warning = changed
    ? ` But B is no longer the same network: its loss went from ${state.trained.loss.at(-1)!.toFixed(2)} to ${curve.loss.at(-1)!.toFixed(2)}, because its neurons cannot trade places.`
    : '';
  say(`${neurons} ${barriers}${warning}`);
}

/** Buttons are off while something runs; what fails is told where the eyes are. */
async function busy(work: () => Promise<void>): Promise<void> {
  const controls = [trainButton, alignButton, network, engine, seed];
  for (const control of controls) control.disabled = true;
  try {
    await work();
  } catch (error) {
    say(`That failed: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    for (const control of controls) control.disabled = false;
    alignButton.disabled = state === undefined || state.aligned !== undefined;
    progress.hidden = true;
  }
}

const summarize = (): void => void (element('summary').textContent = choice().summary);

for (const { id, label } of choices) network.add(new Option(label, id));
for (const [name, label] of Object.entries(engines)) engine.add(new Option(label, name));
network.addEventListener('change', summarize);
form.addEventListener('submit', (event) => {
  event.preventDefault();
  void busy(train);
});
alignButton.addEventListener('click', () => void busy(align));
slider.addEventListener('input', () => void draw());
lines.addEventListener('change', (event) => {
  if (state === undefined) return;
  state.line = (event.target as HTMLInputElement).value as Line;
  void draw();
});
addEventListener('resize', () => void draw());
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => void draw());
summarize();
say('Ready: choose a network and train.');
