/** Whether an app calls only programs that it declares, when it is built and when it runs. */
import { broken, type Evidence, holds, type Probe, some, unproven } from '../law.ts';

const source = 'https://12factor.net/dependencies';

/** How a build went that had nothing but the declared runtime, the locked packages and the machine's own programs. */
export type BuildToolFacts =
  | { readonly built: true; readonly builder: string }
  | {
      readonly built: false;
      readonly message: string;
      /** What the build printed last, oldest first. */
      readonly lastLines: readonly string[];
      readonly atMs: number;
    };

export const buildsWithDeclaredTools: Probe<BuildToolFacts> = {
  id: 'dependencies/builds-with-declared-tools-only',
  statement: 'Builds with the tools that it declares',
  method: 'run',
  why: 'A tool that is expected on the machine is there on one and missing, or of another version, on the next.',
  source,
  how: 'The commit is built with the declared runtime, the locked packages and an empty home. A command that is not found is named by the shell that looked for it.',
  blind:
    'A tool that this machine happens to have is found by the build, so that nothing is missing. A build that goes on after a command was not found ends well.',
  mend: 'Add the tool to the development dependencies, and lock its version',
  fixes: {
    javascript:
      '// npm install --save-dev esbuild\n"scripts": {\n  "build": "esbuild main.js --bundle --outdir=dist"\n}',
    python: '# pyproject.toml\n[build-system]\nrequires = ["setuptools", "grpcio-tools"]',
    ruby: '# Gemfile\ngem "sassc"\n# Rakefile: bundle exec finds what the Gemfile declares\nsh "bundle exec sassc app.scss app.css"',
  },
  judge: (facts) => {
    if (facts.built) return holds(`The ${facts.builder} builder built it, and no command was missing`);
    const missing = missingTools(facts.lastLines);
    if (!some(missing)) return unproven(`It does not build, and not for want of a tool: ${facts.message}`);
    const [first, ...more] = missing.map(({ tool, line }) =>
      eventOf('build', facts.atMs, `found no ${tool}`, line),
    );
    const names = [...new Set(missing.map(({ tool }) => tool))].join(', ');
    return broken(
      `The build calls ${names}, which nothing declares`,
      first === undefined ? [eventOf('build', facts.atMs, facts.message)] : [first, ...more],
      missing.every(({ tool }) => compilers.has(tool.replace(/-?[\d.]+$/, '').toLowerCase()))
        ? 'Use packages that come compiled, or that need no compiler: this one belongs to the machine'
        : undefined,
    );
  },
};

/** No package manager of an app installs them. */
const compilers: ReadonlySet<string> = new Set(
  'make cmake ninja cc gcc c++ g++ clang clang++ ld ar python'.split(' '),
);

interface MissingTool {
  readonly tool: string;
  readonly line: string;
}

const name = '([A-Za-z0-9_][A-Za-z0-9_.+-]*)';

/** As shells, Node, env, make and node-gyp say it. A name with a slash is a file of the app, no tool. */
const sayings: readonly RegExp[] = [
  new RegExp(`^\\S+: (?:line )?\\d+: (?:exec: )?${name}: (?:command )?not found$`),
  new RegExp(`^\\S*sh: (?:exec: )?${name}: (?:command )?not found$`),
  new RegExp(`^\\S*sh:(?:\\d+:)? command not found: ${name}$`),
  new RegExp(`\\bspawn(?:Sync)? ${name} ENOENT\\b`),
  new RegExp(`^\\S*env: ['"‘]?${name}['"’]?: No such file or directory$`),
  new RegExp(`^make(?:\\[\\d+\\])?: ${name}: No such file or directory$`),
  new RegExp(`\\bgyp ERR! .*\\bnot found: ${name}$`),
  /\bgyp ERR! find (Python)\b/,
];

function missingTools(lines: readonly string[]): readonly MissingTool[] {
  const found = lines.flatMap((raw) => {
    const line = raw
      .slice(0, 1000)
      .replaceAll(/\u001b\[[0-9;]*m/g, '')
      .trim();
    const tool = sayings.map((saying) => saying.exec(line)?.[1]).find((each) => each !== undefined);
    return tool === undefined ? [] : [{ tool, line }];
  });
  return found.filter(({ tool }, at) => found.findIndex((each) => each.tool === tool) === at);
}

/** What was started while every process type ran and answered requests. */
export interface ProgramFacts {
  /** In order of time, from the command of the Procfile on. */
  readonly started: readonly StartedProgram[];
  readonly declared: readonly Declaration[];
}

export interface StartedProgram {
  /** `web.1` */
  readonly process: string;
  /** As it was given to the kernel. */
  readonly program: string;
  readonly argv: readonly string[];
  readonly atMs: number;
}

/** A file that declares programs or what they come from. */
export interface Declaration {
  readonly file: string;
  /** Programs and packages of a system, e.g. `python`, `imagemagick`. */
  readonly names: readonly string[];
}

export const runsOnlyDeclaredPrograms: Probe<ProgramFacts> = {
  id: 'dependencies/runs-only-declared-programs',
  statement: 'Starts no program of the machine that it does not declare',
  method: 'run',
  why: 'Git, curl or ImageMagick may be on most systems, but nobody says that they are on the one it runs on next, nor in which version.',
  source,
  how: 'Every process type is started with its system calls recorded and asked what the scenario asks. Programs outside of the app and its runtimes are shown, but for a shell, env and the utilities of POSIX.',
  blind:
    'A program that is started after other requests is not seen, nor one that this machine does not have. A script of the app that begins with #!/bin/bash is a program of the app here.',
  mend: 'Use a library that the manifest declares, or declare the program in the file your platform installs from',
  fixes: {
    javascript:
      '// npm install sharp, in place of "convert" of the machine\nimport sharp from "sharp";\nawait sharp(picture).resize(320).toFile(small);',
    python:
      '# requirements.txt: pillow, in place of "convert" of the machine\nfrom PIL import Image\nImage.open(picture).resize((320, 240)).save(small)',
    ruby: '# Gemfile: gem "ruby-vips", in place of "convert" of the machine\nrequire "vips"\nVips::Image.thumbnail(picture, 320).write_to_file(small)',
  },
  judge: ({ started, declared }) => {
    const foreign = started.filter(({ program }) => isOfTheMachine(program));
    const undeclared = foreign.filter(({ program }) => declarationOf(program, declared) === undefined);
    const once = undeclared.filter(
      ({ process, program }, at) =>
        undeclared.findIndex((each) => each.process === process && each.program === program) === at,
    );
    if (some(once)) {
      const [first, ...more] = once;
      const names = [...new Set(once.map(({ program }) => program))].join(', ');
      return broken(`It starts ${names}, which nothing declares`, [
        startOf(first),
        ...more.slice(0, 19).map(startOf),
      ]);
    }
    const files = new Set(foreign.flatMap(({ program }) => declarationOf(program, declared)?.file ?? []));
    const rest = files.size === 0 ? '' : `; ${[...files].join(', ')} declares the others`;
    return holds(
      `${started.length} programs were started, of the app, its runtimes and what every system has${rest}`,
    );
  },
};

function startOf({ process, program, argv, atMs }: StartedProgram): Evidence {
  return eventOf(process, atMs, `started ${program}`, argv.join(' ').slice(0, 500));
}

/** Neither of the app, nor of a runtime that came with its build, nor what the platform itself starts it by. */
function isOfTheMachine(program: string): boolean {
  if (!program.startsWith('/') || /^\/(app|opt|proc|tmp)\//.test(program)) return false;
  return !everywhere.has(baseOf(program));
}

function baseOf(program: string): string {
  return program.slice(program.lastIndexOf('/') + 1);
}

function declarationOf(program: string, declared: readonly Declaration[]): Declaration | undefined {
  const base = baseOf(program);
  const family = base.replace(/[\d.]+$/, '');
  const names = [base, family, ...(packages[base] ?? packages[family] ?? [])];
  return declared.find((each) => names.some((wanted) => each.names.includes(wanted)));
}

/** What comes under another name than its own. */
const packages: Readonly<Record<string, readonly string[]>> = {
  convert: ['imagemagick'],
  identify: ['imagemagick'],
  magick: ['imagemagick'],
  mogrify: ['imagemagick'],
  ffprobe: ['ffmpeg'],
  dot: ['graphviz'],
  gs: ['ghostscript'],
  pdftotext: ['poppler-utils'],
  pdftoppm: ['poppler-utils'],
  pg_dump: ['postgresql-client'],
  pg_restore: ['postgresql-client'],
  psql: ['postgresql-client'],
  'redis-cli': ['redis-tools'],
  gpg: ['gnupg'],
  soffice: ['libreoffice'],
  java: ['default-jre', 'openjdk'],
};

/** A shell, what starts a program by name, the utilities of POSIX and what belongs to the C library. */
const everywhere: ReadonlySet<string> = new Set(
  `sh dash env [ awk basename cat chgrp chmod chown cksum cmp comm cp csplit cut date dd df diff dirname du echo ed
  expand expr false file find fold getconf grep head iconv id join kill link ln locale logger logname ls mkdir mkfifo
  mktemp mv nice nl nohup od paste pathchk pr printf ps pwd readlink realpath renice rm rmdir sed sleep sort split
  stat stty tail tee test timeout touch tr true tsort tty uname unexpand uniq unlink wc who xargs ldd ldconfig
  getent hostname whoami`.split(/\s+/),
);

function eventOf(process: string, atMs: number, what: string, bytes?: string): Evidence {
  return { kind: 'event', process, atMs, what, ...(bytes === undefined ? {} : { bytes }) };
}
