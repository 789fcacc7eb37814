/** Concurrency: every process type as it was watched, a load over three web processes, jobs for three workers. */

import type { JobFacts } from '../../factors/08-concurrency/probe-jobs.ts';
import type { LoadFacts } from '../../factors/08-concurrency/probe-load.ts';
import type { ProcessTypeFacts } from '../../factors/08-concurrency/probe-process-types.ts';
import { jobProbes, loadProbes, typeProbes } from '../../factors/08-concurrency/probes.ts';
import { runExperiment } from '../experiment.ts';
import { collectJobs } from './08-concurrency/jobs.ts';
import { collectLoad } from './08-concurrency/load.ts';
import { collectTypes } from './08-concurrency/process-types.ts';

export const experiments = [
  runExperiment<ProcessTypeFacts>({
    factor: 'concurrency',
    name: 'a start of every process type',
    probes: typeProbes,
    collect: collectTypes,
  }),
  runExperiment<LoadFacts>({
    factor: 'concurrency',
    name: 'requests spread over three processes',
    probes: loadProbes,
    collect: collectLoad,
  }),
  runExperiment<JobFacts>({
    factor: 'concurrency',
    name: 'jobs for three workers',
    probes: jobProbes,
    collect: collectJobs,
  }),
];
