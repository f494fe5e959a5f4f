import {describe, expect, it} from 'vitest';
import type {CommandResult, Host} from '../../src/host/host.ts';
import {loadModuleStep} from '../../src/steps/load-module.ts';
import {reportOf, type Throwaway, throwaway, watchedContext} from '../support/throwaway.ts';

const args = {module: 'vhost_vsock', device: '/dev/vhost-vsock'};
const ended = {code: 0, stdout: '', stderr: '', timedOut: false, notStarted: null};

/** A host with the device's node, whose modprobe answers as told and is remembered. */
async function hostWith(answer: Partial<CommandResult> = {}): Promise<Throwaway & {host: Host; ran: string[]}> {
	const here = await throwaway();
	await here.place(args.device, '');
	const ran: string[] = [];
	const host: Host = {
		...here.host,
		run: async (file, words) => {
			const command = [file, ...words].join(' ');
			ran.push(command);
			return {command, ...ended, ...answer};
		},
	};
	return {...here, host, ran};
}

describe('loading a module', () => {
	it.each([
		['modprobe: FATAL: Module vhost_vsock not found in directory /lib/modules/6.1.0', 'not rebooted'],
		["modprobe: ERROR: Error running install command '/bin/false' for module vhost_vsock: retcode 1", 'modprobe.d'],
		["modprobe: ERROR: could not insert 'vhost_vsock': Operation not permitted", 'container'],
		["modprobe: ERROR: could not insert 'vhost_vsock': Key was rejected by service", 'Secure Boot'],
		["modprobe: ERROR: could not insert 'kvm_intel': Operation not supported", 'firmware'],
		["modprobe: ERROR: could not insert 'vhost_vsock': Device or resource busy", 'VMware'],
		['modprobe: something else', 'modprobe refused it'],
	])('that ends with %j says why, and what to do', async (stderr, why) => {
		const {host} = await hostWith({code: 1, stderr});
		const report = await reportOf(loadModuleStep.perform(host, args, watchedContext()));
		expect(report.why).toContain(why);
		expect(report.remedy.join('\n')).not.toBe('');
		expect(report.evidence).toEqual([stderr]);
	});

	it('needs a modprobe', async () => {
		const {host} = await hostWith({code: null, notStarted: 'ENOENT'});
		expect((await reportOf(loadModuleStep.perform(host, args, watchedContext()))).why).toContain('no modprobe');
	});

	it('is believed only when the module is there and its device opens', async () => {
		const {host, place} = await hostWith();
		expect((await reportOf(loadModuleStep.verify(host, args))).message).toContain('is not loaded');
		await place('/sys/module/vhost_vsock/initstate', 'live\n');
		await loadModuleStep.verify(host, args);
		await host.files.remove(args.device);
		expect((await reportOf(loadModuleStep.verify(host, args))).message).toContain('ENOENT');
	});
});

describe('undoing it', () => {
	it.each([
		[{code: 1, stderr: 'modprobe: FATAL: Module vhost_vsock is in use.\n'}, 'until the next boot: it is in use.'],
		[{code: null, notStarted: 'ENOENT'}, 'modprobe could not be started'],
		[{code: 1, stderr: 'modprobe: ERROR: Operation not permitted\n'}, 'Operation not permitted'],
	])('that does not work (%j) is said with its own cause', async (answer, words) => {
		const {host, place} = await hostWith(answer);
		await place('/sys/module/vhost_vsock/initstate', 'live\n');
		const context = watchedContext();
		expect(await loadModuleStep.undo(host, args, {wasLoaded: false}, context)).toEqual([]);
		expect(context.lines).toEqual([expect.stringContaining(words)]);
	});

	it('unloads what was not loaded before, and nothing else', async () => {
		const {host, place, ran} = await hostWith();
		const before = await loadModuleStep.prepare(host, args);
		expect(before).toEqual({wasLoaded: false});
		expect(await loadModuleStep.undo(host, args, before, watchedContext())).toEqual([]);
		expect(ran).toEqual([]);
		await place('/sys/module/vhost_vsock/initstate', 'live\n');
		expect(await loadModuleStep.prepare(host, args)).toEqual({wasLoaded: true});
		await loadModuleStep.undo(host, args, {wasLoaded: true}, watchedContext());
		expect(ran).toEqual([]);
		await loadModuleStep.undo(host, args, before, watchedContext());
		expect(ran).toEqual(['modprobe -r vhost_vsock']);
	});
});
