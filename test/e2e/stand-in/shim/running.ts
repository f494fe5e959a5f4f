/** A container that was made: in a guest or, in the mode `no-vm`, on the host. */
export interface Running {
	/** The process that holds it: QEMU, or the container's own. */
	pid: number;
	/** Lets the entrypoint run. */
	start(): void;
	/** Sends it a signal by number; SIGKILL ends it at once, guest and all. */
	kill(signal: number): void;
	/** Its exit status, once nothing of it is left and all of its output was given away. */
	ended: Promise<number>;
}

/** Takes what the container prints. */
export type Output = (chunk: Buffer) => void;

export const SIGKILL = 9;
/** The status of a process that a signal ended. */
export const statusOfSignal = (signal: number): number => 128 + signal;
