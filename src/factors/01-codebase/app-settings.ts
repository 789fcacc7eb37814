/** How the platform treats an app, whatever its release. */
export interface AppSettings {
  /** Requests are answered with a page that says so; processes run on. */
  readonly maintenance: boolean;
  /** How many of its newest builds can be released again. */
  readonly keptBuilds: number;
}

export const defaultAppSettings: AppSettings = { maintenance: false, keptBuilds: 10 };

export const keptBuildsRange = { min: 1, max: 1000 } as const;
