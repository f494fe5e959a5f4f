/** An http server on this machine that a test answers for. */
import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {onTestFinished, vi} from 'vitest';
import {networkEnvironment} from '../../src/host/network-environment.ts';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface LocalServer {
	/** Without a slash at the end. */
	url: string;
	server: Server;
	/** Resolves when no connection is open any more. */
	idle(): Promise<void>;
	close(): Promise<void>;
}

/** Serves until it is closed; what is still open then is cut off. */
export async function serve(handler: Handler): Promise<LocalServer> {
	const server = createServer(handler);
	let open = 0;
	let whenIdle: (() => void)[] = [];
	server.on('connection', socket => {
		open += 1;
		socket.on('close', () => {
			open -= 1;
			if (open > 0) return;
			for (const resolve of whenIdle) resolve();
			whenIdle = [];
		});
	});
	await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
	const {port} = server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}`,
		server,
		idle: () => new Promise(resolve => (open === 0 ? resolve() : whenIdle.push(resolve))),
		close: () =>
			new Promise(resolve => {
				server.close(() => resolve());
				server.closeAllConnections();
			}),
	};
}

/** For one test, this process knows of no proxy: servers of the test are reached directly. */
export function withoutProxies(): void {
	for (const name of Object.keys(networkEnvironment(process.env))) vi.stubEnv(name, undefined);
	onTestFinished(() => void vi.unstubAllEnvs());
}
