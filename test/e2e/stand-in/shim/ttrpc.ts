/**
 * ttRPC, the protocol between containerd and its shims: unary calls only.
 *
 * A frame is length, stream (4 bytes each, big endian), type (1 request, 2 response), flags, then a message
 * (PROTOCOL.md of containerd/ttrpc).
 */
import {connect, createServer, type Server, type Socket} from 'node:net';
import {encode, Message} from './protobuf.ts';

/** The codes of gRPC that are used here. */
export const codes = {unknown: 2, notFound: 5, alreadyExists: 6, failedPrecondition: 9, unimplemented: 12} as const;

export class RpcError extends Error {
	readonly code: number;
	constructor(code: number, message: string) {
		super(message);
		this.code = code;
	}
}

/** Answers `method` of `service`; what it throws becomes the caller's error. */
export type Handler = (service: string, method: string, request: Message) => Promise<Buffer>;

/** A server that is not listening yet. Calls are answered as they finish, in any order. */
export function ttrpcServer(handler: Handler): Server {
	return createServer(socket => {
		socket.on('error', () => socket.destroy());
		onFrames(socket, (stream, type, payload) => {
			if (type !== 1) return;
			const request = new Message(payload);
			handler(request.text(1), request.text(2), new Message(request.bytes(3))).then(
				response => socket.write(frame(stream, 2, response.length > 0 ? encode([[2, response]]) : Buffer.alloc(0))),
				(error: unknown) => {
					const code = error instanceof RpcError ? error.code : codes.unknown;
					const message = error instanceof Error ? error.message : String(error);
					const status = encode([
						[1, code],
						[2, message],
					]);
					socket.write(frame(stream, 2, encode([[1, status]])));
				},
			);
		});
	});
}

/** One call over a connection of its own. */
export function ttrpcCall(address: string, service: string, method: string, payload: Buffer): Promise<Message> {
	return new Promise((resolve, reject) => {
		const socket = connect(address);
		socket.setTimeout(5000, () => socket.destroy(new Error(`${method} was not answered`)));
		socket.on('error', reject);
		onFrames(socket, (_stream, _type, answer) => {
			socket.end();
			const status = new Message(answer).message(1);
			if (status.number(1) !== 0) reject(new RpcError(status.number(1), status.text(2)));
			else resolve(new Message(new Message(answer).bytes(2)));
		});
		const request = encode([
			[1, service],
			[2, method],
			[3, payload],
		]);
		socket.write(frame(1, 1, request));
	});
}

function frame(stream: number, type: number, payload: Buffer): Buffer {
	const header = Buffer.alloc(10);
	header.writeUInt32BE(payload.length, 0);
	header.writeUInt32BE(stream, 4);
	header.writeUInt8(type, 8);
	return Buffer.concat([header, payload]);
}

function onFrames(socket: Socket, take: (stream: number, type: number, payload: Buffer) => void): void {
	let rest = Buffer.alloc(0);
	socket.on('data', chunk => {
		rest = Buffer.concat([rest, chunk]);
		while (rest.length >= 10 && rest.length >= 10 + rest.readUInt32BE(0)) {
			const end = 10 + rest.readUInt32BE(0);
			take(rest.readUInt32BE(4), rest.readUInt8(8), rest.subarray(10, end));
			rest = rest.subarray(end);
		}
	});
}
