import type { Profile } from '../profile.ts';

/** What the module of an export format has. */
export interface ExportFormat {
  /** The whole document, without a line end behind it. */
  readonly render: (profile: Profile) => string;
}

/** Every format by the name that `--format` takes; a new one is a line here and a file beside this one. */
export const EXPORT_FORMATS: Readonly<Record<string, () => Promise<ExportFormat>>> = {
  json: () => import('./json.ts'),
};
