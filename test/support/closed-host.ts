/** A host some of whose paths are closed to who looks. */
import type {Host} from '../../src/host/host.ts';

/** How a call ends that is refused. */
export const refused = (code: string): Promise<never> => Promise.reject(Object.assign(new Error(code), {code}));

/** The host for one who may not follow or read the paths that begin so. */
export const closedAt = (host: Host, start: string): Host => ({
	...host,
	files: {
		...host.files,
		read: path => (path.startsWith(start) ? refused('EACCES') : host.files.read(path)),
		readLink: path => (path.startsWith(start) ? refused('EACCES') : host.files.readLink(path)),
		realPath: path => (path.startsWith(start) ? refused('EACCES') : host.files.realPath(path)),
	},
});
