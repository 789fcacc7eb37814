/**
 * The door of the executable: the one file that knows both the faces and the composition root. A command of a person goes to
 * the command line, a role's name to that role.
 */
import { asDozenError } from './base/error.ts';

const [command, ...args] = process.argv.slice(2);

switch (command) {
  case 'control':
  case 'runner':
  case 'router':
  case 'build': {
    const { runRole } = await import('./daemon/roles.ts');
    await runRole(command, args).catch((error: unknown) => {
      process.stderr.write(`${JSON.stringify(asDozenError(error))}\n`);
      if (process.env.DOZEN_DEBUG === '1') console.error(error);
      process.exit(70);
    });
    break;
  }
  case 'check-chamber': {
    const { runChamber } = await import('./prover/chamber/inside.ts');
    await runChamber();
    break;
  }
  default: {
    const { runCommand } = await import('./cli/cli.ts');
    process.exitCode = await runCommand(process.argv.slice(2), {
      startPlatform: async (options) => (await import('./daemon/from-command.ts')).startFromCommand(options),
      admin: async () => (await import('./daemon/admin/tasks.ts')).adminTasks(),
      check: async () => (await import('./prover/main.ts')).check,
      draftScenario: async () => (await import('./prover/scenario/draft.ts')).draftScenario,
    });
  }
}
