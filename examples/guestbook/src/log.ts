/** Events as lines of JSON on standard output. Where they are kept is the platform's affair. */
export const levels = ['debug', 'info', 'warn', 'error'] as const;

export type Level = (typeof levels)[number];
export type Facts = Readonly<Record<string, string | number | boolean | undefined>>;
export type Log = Readonly<Record<Level, (event: string, facts?: Facts) => void>>;

/** A log that writes events of the level `least` and above. */
export const createLog = (least: Level): Log => {
  const at = (level: Level) => (event: string, facts?: Facts) => {
    if (levels.indexOf(level) < levels.indexOf(least)) return;
    process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), level, event, ...facts })}\n`);
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
};
