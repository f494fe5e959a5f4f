import * as fs from 'node:fs/promises';
import {describe, expect, it, onTestFinished} from 'vitest';
import type {Facts} from '../../src/facts/facts.ts';
import {gatherFacts} from '../../src/facts/gather.ts';
import {canInstall, judge, judgeSettled} from '../../src/facts/judge.ts';
import {parseFacts} from '../../src/facts/recorded.ts';
import type {CommandResult, Host} from '../../src/host/host.ts';
import {openRehearsal} from '../../src/rehearsal/rehearsal.ts';

const options = {kataSetup: '0.0.0-test', installation: null};

async function modelServer(): Promise<Host> {
	const {root, host} = await openRehearsal(null);
	onTestFinished(() => fs.rm(root, {recursive: true}));
	return host;
}

describe('gatherFacts', () => {
	it('reads everything of a server that has everything', async () => {
		const facts = await gatherFacts(await modelServer(), options);
		expect(facts.unread).toEqual([]);
		expect(facts).toMatchObject({schema: 1, hostname: 'rehearsal', systemd: true, kvm: {state: 'opens'}});
		expect(facts.containerd).toHaveLength(1);
		expect(canInstall(judge(facts))).toBe(true);
	});

	it('gives facts that stay what they are as JSON', async () => {
		const facts = await gatherFacts(await modelServer(), options);
		const recorded = JSON.parse(JSON.stringify(facts)) as unknown;
		expect(parseFacts(recorded)).toEqual(facts);
		expect(judge(parseFacts(recorded))).toEqual(judge(facts));
	});

	it('waits for a probe that hangs until its own limit, and for none because of it', async () => {
		const host = await modelServer();
		let over = false;
		const late: string[] = [];
		const watched: Host = {
			...host,
			files: {
				...host.files,
				readText: async path => {
					if (over) late.push(path);
					return host.files.readText(path);
				},
			},
			run: (file, args, commandOptions) => {
				if (file !== 'systemd-detect-virt') return host.run(file, args, commandOptions);
				return new Promise<CommandResult>(() => {
					commandOptions?.signal?.addEventListener('abort', () => {
						over = true;
					});
				});
			},
		};
		const facts = await gatherFacts(watched, {...options, timeoutMs: 2000});
		expect(over).toBe(true);
		expect(late).toEqual([]);
		expect(facts.unread).toEqual([{probe: 'virt', why: 'It did not end within 2 s.'}]);
		expect(facts.virt.isGuest).toBeNull();
		expect(facts.containerd).toHaveLength(1);
		expect(Object.keys(facts.paths)).not.toHaveLength(0);
		expect(judge(facts).find(({id}) => id === 'nested')?.severity).toBe('unknown');
	});

	it('names a probe that fails, and goes on', async () => {
		const host = await modelServer();
		const broken: Host = {
			...host,
			files: {...host.files, space: () => Promise.reject(new Error('ESTALE: the server is gone'))},
		};
		const facts = await gatherFacts(broken, options);
		expect(facts.unread?.map(({probe}) => probe)).toEqual(['memory', 'space']);
		expect(facts.unread?.[1]?.why).toContain('ESTALE');
		expect(facts.cpu.count).toBe(1);
	});
});

describe('what is told while probes are at work', () => {
	it('holds what has been read, and names what has not', async () => {
		const told: {pending: string[]; memory: number}[] = [];
		const facts = await gatherFacts(await modelServer(), {
			...options,
			onFacts: ({memory}, pending) => told.push({pending: [...pending], memory: memory.totalBytes}),
		});
		expect(told.length).toBeGreaterThan(5);
		for (const {pending, memory} of told) expect(memory).toBe(pending.includes('memory') ? 0 : facts.memory.totalBytes);
		expect(told[0]?.pending).toContain('paths');
		expect(told.at(-1)?.pending).toHaveLength(1);
	});

	it('is judged only as far as it rests on what has been read', async () => {
		const facts = await gatherFacts(await modelServer(), options);
		const ids = (pending: (keyof Facts)[]) => judgeSettled(facts, new Set(pending)).map(({id}) => id);
		expect(ids([])).toEqual(judge(facts).map(({id}) => id));
		expect(ids(['memory'])).not.toContain('memory');
		expect(ids(['memory'])).toContain('kvm');
		// What is said of /dev/kvm depends on the processor and on what lies below this host.
		expect(ids(['virt'])).not.toContain('nested');
	});
});
