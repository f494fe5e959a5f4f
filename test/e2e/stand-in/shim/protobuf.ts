/** As much of protocol buffers as containerd's shim protocol needs: varints, strings, bytes and nested messages. */

/** What a field may hold when it is written; zero, empty and undefined are left out, as proto3 does. */
export type Value = string | number | bigint | boolean | Buffer | undefined;

/** A message: fields in the order of writing. A field may occur more than once. */
export function encode(fields: [number, Value][]): Buffer {
	const parts: Buffer[] = [];
	for (const [number, value] of fields) {
		if (!value) continue;
		if (typeof value === 'string' || Buffer.isBuffer(value)) {
			const bytes = Buffer.from(value);
			if (bytes.length > 0) parts.push(varint((BigInt(number) << 3n) | 2n), varint(BigInt(bytes.length)), bytes);
		} else parts.push(varint(BigInt(number) << 3n), varint(BigInt(value)));
	}
	return Buffer.concat(parts);
}

function varint(value: bigint): Buffer {
	const bytes: number[] = [];
	let rest = BigInt.asUintN(64, value);
	for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
	bytes.push(Number(rest));
	return Buffer.from(bytes);
}

/** A message that was received, by field number. */
export class Message {
	readonly #fields = new Map<number, (bigint | Buffer)[]>();

	/** @throws Error on anything that is no message of the wire types 0, 1, 2 and 5 */
	constructor(bytes: Buffer) {
		let at = 0;
		const number = (): bigint => {
			let value = 0n;
			for (let shift = 0n; ; shift += 7n) {
				const byte = bytes[at++];
				if (byte === undefined) throw new Error('a message ends within a number');
				value |= BigInt(byte & 127) << shift;
				if (byte < 128) return value;
			}
		};
		while (at < bytes.length) {
			const key = number();
			const type = Number(key & 7n);
			if (type === 0) {
				this.#add(Number(key >> 3n), number());
				continue;
			}
			const length = type === 1 ? 8 : type === 5 ? 4 : type === 2 ? Number(number()) : Number.NaN;
			if (Number.isNaN(length) || at + length > bytes.length)
				throw new Error(`a field of wire type ${type} is cut off`);
			this.#add(Number(key >> 3n), bytes.subarray(at, at + length));
			at += length;
		}
	}

	#add(number: number, value: bigint | Buffer): void {
		this.#fields.set(number, [...(this.#fields.get(number) ?? []), value]);
	}

	text(field: number): string {
		return this.bytes(field).toString('utf8');
	}
	texts(field: number): string[] {
		return this.#buffers(field).map(bytes => bytes.toString('utf8'));
	}
	bytes(field: number): Buffer {
		return this.#buffers(field).at(-1) ?? Buffer.alloc(0);
	}
	number(field: number): number {
		return Number(this.#fields.get(field)?.at(-1) ?? 0);
	}
	message(field: number): Message {
		return new Message(this.bytes(field));
	}
	messages(field: number): Message[] {
		return this.#buffers(field).map(bytes => new Message(bytes));
	}
	#buffers(field: number): Buffer[] {
		return (this.#fields.get(field) ?? []).filter(value => Buffer.isBuffer(value));
	}
}
