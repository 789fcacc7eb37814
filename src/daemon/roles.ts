/** Starts one role of the platform in this process. */
import { closeInherited } from './descriptors.ts';
import type { RoleName } from './role-command.ts';
import { registerRole } from './role-register.ts';

export async function runRole(role: RoleName, args: readonly string[]): Promise<void> {
  closeInherited();
  // A parent that is gone hears nothing any more, and a role of a server goes on without one.
  process.stdout.on('error', () => undefined);
  const [home = '', mode, ...rest] = args;
  const kind = mode === 'server' ? 'server' : 'up';
  switch (role) {
    case 'control': {
      const [routerPort, host = '127.0.0.1', port] = rest;
      registerRole(home, { name: role, port: Number(port) });
      const api = { host, port: Number(port) };
      return (await import('./control.ts')).startControl({
        home,
        mode: kind,
        routerPort: Number(routerPort),
        api,
      });
    }
    case 'runner': {
      const [session = ''] = rest;
      registerRole(home, { name: role, port: 0 });
      return (await import('./runner.ts')).startRunner({ home, session, mode: kind });
    }
    case 'router': {
      const [host = '127.0.0.1', port] = rest;
      registerRole(home, { name: role, port: Number(port) });
      return (await import('./router.ts')).startRouterRole({ home, mode: kind, host, port: Number(port) });
    }
    case 'build':
      return (await import('./build.ts')).runBuild();
  }
}
