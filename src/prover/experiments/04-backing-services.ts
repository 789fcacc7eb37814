/** Backing services: moved, taken away and given back, and where an app connects by itself. */

import {
  type ServiceFacts,
  probes as serviceProbes,
} from '../../factors/04-backing-services/probe-attached.ts';
import {
  type ConnectFacts,
  probes as connectProbes,
} from '../../factors/04-backing-services/probe-connects.ts';
import { type Experiment, runExperiment } from '../experiment.ts';
import { attached } from './04-attached.ts';
import { connections } from './04-connects.ts';

export const experiments: readonly Experiment[] = [
  runExperiment<ServiceFacts>({
    factor: 'backing-services',
    name: 'services moved, taken away and given back',
    probes: serviceProbes,
    collect: attached,
  }),
  runExperiment<ConnectFacts>({
    factor: 'backing-services',
    name: 'connections that the app opens',
    probes: connectProbes,
    collect: connections,
  }),
];
