/** Tells containerd what happened: over its event socket, or by its `publish` command where there is none. */
import {spawn} from 'node:child_process';
import {encode, type Value} from './protobuf.ts';
import {ttrpcCall} from './ttrpc.ts';

export interface EventSink {
	namespace: string;
	/** Of containerd's main socket. */
	address: string;
	/** containerd's own program. */
	publishBinary: string;
}

/** A `google.protobuf.Timestamp`. */
export function timestamp(date: Date): Buffer {
	const milliseconds = date.getTime();
	return encode([
		[1, Math.floor(milliseconds / 1000)],
		[2, (milliseconds % 1000) * 1_000_000],
	]);
}

/**
 * Publishes one event; a failure is written to the standard error and is no failure of the task.
 * @param topic for example `/tasks/exit`
 * @param type for example `TaskExit`
 */
export async function publish(sink: EventSink, topic: string, type: string, fields: [number, Value][]): Promise<void> {
	const any = encode([
		[1, `containerd.events.${type}`],
		[2, encode(fields)],
	]);
	const socket = process.env.TTRPC_ADDRESS;
	try {
		if (!socket) return await publishByCommand(sink, topic, any);
		const envelope = encode([
			[1, timestamp(new Date())],
			[2, sink.namespace],
			[3, topic],
			[4, any],
		]);
		await ttrpcCall(socket, 'containerd.services.events.ttrpc.v1.Events', 'Forward', encode([[1, envelope]]));
	} catch (error) {
		console.error(`${topic} could not be published: ${error}`);
	}
}

function publishByCommand({namespace, address, publishBinary}: EventSink, topic: string, any: Buffer): Promise<void> {
	return new Promise((resolve, reject) => {
		const args = ['--address', address, 'publish', '--topic', topic, '--namespace', namespace];
		const child = spawn(publishBinary, args, {stdio: ['pipe', 'ignore', 'inherit']});
		child.on('error', reject);
		child.on('close', code => (code === 0 ? resolve() : reject(new Error(`${publishBinary} ended with ${code}`))));
		child.stdin.end(any);
	});
}
