import { openWorkshop } from '../../../test/parts/build-workshop.ts';
import { builderContract } from '../builder.contract.ts';
import { procfileBuilder } from './procfile.ts';

builderContract('procfile', {
  builder: procfileBuilder,
  files: { serve: '#!/bin/sh\n' },
  web: null,
  open: openWorkshop,
});
