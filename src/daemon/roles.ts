/** Starts one role of the platform in this process. */
import { closeInherited } from './descriptors.ts';
import type { RoleName } from './role-command.ts';

export async function runRole(role: RoleName, args: readonly string[]): Promise<void> {
  closeInherited();
  const [home = '', second = '', third = ''] = args;
  switch (role) {
    case 'control':
      return (await import('./control.ts')).startControl({ home });
    case 'runner':
      return (await import('./runner.ts')).startRunner({
        home,
        session: second,
        mode: third === 'server' ? 'server' : 'up',
      });
    case 'router':
      return (await import('./router.ts')).startRouterRole({ home, host: second, port: Number(third) });
    case 'build':
      return (await import('./build.ts')).runBuild();
  }
}
