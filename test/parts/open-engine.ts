/** Opens an engine over a folder and tells what came of it, as JSON: `node open-engine.ts FOLDER`. */
import { asDozenError } from '../../src/base/error.ts';
import { makeBench } from './local-host.ts';

const [folder = ''] = process.argv.slice(2);
try {
  const engine = await makeBench(folder).open();
  await engine.close();
  console.log(JSON.stringify({ opened: true }));
} catch (error) {
  console.log(JSON.stringify(asDozenError(error)));
}
process.exit(0);
