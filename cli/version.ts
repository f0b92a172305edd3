import manifest from '../package.json' with { type: 'json' };

/** Version of this package. The build puts it in: to find and read the file again would cost at every start. */
export const packageVersion: string = manifest.version;
