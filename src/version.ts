/** The version of kata-setup itself, from its package.json. */
import packageJson from '../package.json' with {type: 'json'};

export const kataSetupVersion: string = packageJson.version;
