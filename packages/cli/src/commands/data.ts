import { textTable } from '@basinlab/report';
import { examples, type AddCommand, type Outcome } from '../command.js';
import { createContainer } from '../container.js';

/** `basinlab data list`: data sets and where their files are. */
export const addData: AddCommand = (program, { finish }) => {
  program
    .command('data')
    .description('data sets')
    .command('list')
    .description('data sets and where their files are')
    .addHelpText('after', examples([['basinlab data list', 'what --set dataset.id=ID can name']]))
    .action(() => finish(list()));
};

async function list(): Promise<Outcome> {
  const datasets = await Promise.all(
    createContainer()
      .list('dataset')
      .map(async ({ id, summary, status }) => ({ id, summary, ...(await status()) })),
  );
  return {
    text: textTable({
      columns: [{ header: 'id' }, { header: 'available' }, { header: 'what' }, { header: 'where' }],
      rows: datasets.map(({ id, available, summary, where }) => [id, available ? 'yes' : 'no', summary, where]),
    }),
    json: { datasets },
  };
}
