import { openWorkshop } from '../../../test/parts/build-workshop.ts';
import { builderContract } from '../builder.contract.ts';
import { staticBuilder } from './static.ts';

builderContract('static', {
  builder: staticBuilder,
  files: { 'public/index.html': '<h1>Hello</h1>' },
  web: 'static-server public',
  open: openWorkshop,
});
