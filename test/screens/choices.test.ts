/** Runtime, Hypervisor and the comparison as a person sees them, in the three sizes that they must work in. */
import {afterEach, describe, expect, it, vi} from 'vitest';
import {allAvailability} from '../../src/catalogue/availability.ts';
import {catalogue, hypervisors} from '../../src/catalogue/catalogue.ts';
import {fakeSession} from './fake-session.ts';
import {facts} from './fixtures.ts';
import {closeWizards, keys, type OpenWizard, openWizard, sizes} from './screen.ts';

vi.setConfig({testTimeout: 120_000});
afterEach(closeWizards);

const right = '\u001b[C';
const left = '\u001b[D';

type Options = Parameters<typeof fakeSession>[0];

async function toRuntime(size = {}, options: Options = {}): Promise<OpenWizard> {
	const wizard = openWizard(fakeSession(options), size);
	await wizard.until('choose the runtime');
	wizard.type(keys.enter);
	await wizard.until('Which runtime');
	return wizard;
}

async function toHypervisor(size = {}, options: Options = {}): Promise<OpenWizard> {
	const wizard = await toRuntime(size, options);
	wizard.type(keys.enter);
	await wizard.until('Which hypervisor');
	return wizard;
}

/** A frame's words, as they are read across wrapped lines. */
const words = (frame: string): string => frame.replace(/\s+/g, ' ');

describe.each(sizes)('Runtime in $columns x $rows', size => {
	it('says of each what its future, its sizing, its hypervisors, its archive are, and what only it has', async () => {
		const wizard = await toRuntime(size);
		const rust = await wizard.until('❯ rust  recommended');
		for (const wanted of [
			/Future +gets the new features first/,
			/VM size +fixed when the VM starts/,
			/Here +QEMU, Cloud Hypervisor, Dragonball/,
			/Download +997 MB \(Kata 4\.2\.0\)/,
			/Disk +2\.5 GB \(Kata 4\.1\.0\)/,
			/\+ Dragonball/,
			/- without Firecracker/,
		])
			expect(rust).toMatch(wanted);
		wizard.type('j');
		const go = await wizard.until('❯ go');
		for (const wanted of [
			/deprecated since 4\.0, still supported/,
			/Future +will go; no date of removal yet/,
			/VM size +grows by hotplug/,
			/Download +1\.2 GB \(Kata 4\.1\.0\)/,
			/Disk +not known yet; see Review/,
			/\+ Firecracker/,
			/- without Dragonball/,
			/- without new features: it is deprecated/,
		])
			expect(go).toMatch(wanted);
		expect(wizard.overflows()).toBe(false);
	});

	it('says in detail which options of go rust does not have', async () => {
		const wizard = await toRuntime(size);
		wizard.type('d');
		await wizard.until('The rust runtime');
		let read = wizard.text();
		while (/more below/.test(wizard.text())) {
			const before = wizard.text();
			wizard.type('j');
			await wizard.until(lines => lines.join('\n').trimEnd() !== before);
			read += `\n${wizard.text()}`;
		}
		expect(read).toContain('Options of go without a counterpart in rust');
		for (const option of ['enable_numa', 'vm_cache_number', 'net_rate_limiter_bw_max_rate'])
			expect(read).toContain(option);
	});

	it('claims no size for an architecture of which none is known', async () => {
		const wizard = await toRuntime(size, {facts: {...facts, machine: 's390x'}});
		const shown = await wizard.until('❯ rust');
		expect(shown).toMatch(/Download +not known yet; see Review/);
		expect(shown).not.toMatch(/[0-9] [MG]B/);
	});
});

describe.each(sizes)('Hypervisor in $columns x $rows', size => {
	it('marks the recommended one in words and says why', async () => {
		const wizard = await toHypervisor(size);
		const shown = await wizard.until(/❯ QEMU +recommended/);
		expect(words(shown)).toMatch(/recommended because:|Recommended because:/);
		expect(shown).toContain("Kata's own default since 4.0.0");
	});

	it('lets a greyed one be read with its reason and what would make it available, and not chosen', async () => {
		const wizard = await toHypervisor(size);
		wizard.type('jjj');
		const shown = await wizard.until('❯ Firecracker');
		expect(words(shown)).toContain('To get it');
		expect(words(shown)).toMatch(/choose the go/);
		expect(shown).toMatch(/⏎ why not/);
		wizard.type('\r');
		const page = words(await wizard.until('Why some cannot be chosen'));
		expect(page).toContain('not in the rust archive: only the go one has it. To get it: choose the go runtime');
		expect(page).toContain('take a Kata older than 3.23.0');
	});

	it('says with another runtime which pair is recommended instead', async () => {
		const wizard = await toRuntime(size);
		wizard.type('j\r');
		const list = await wizard.until(/Which hypervisor[\s\S]*❯ QEMU/);
		expect(list).not.toMatch(/QEMU +recommended/);
		if (size.columns >= 80) expect(words(list)).toContain('rust with QEMU is');
	});

	it('has all that is said of a hypervisor on its page of details', async () => {
		const wizard = await toHypervisor(size);
		wizard.type('jd');
		let read = await wizard.until(lines => !lines.join().includes('Which') && lines.join().includes('On this host'));
		while (/more below/.test(wizard.text())) {
			const before = wizard.text();
			wizard.type('j');
			await wizard.until(lines => lines.join('\n').trimEnd() !== before);
			read += `\n${wizard.text()}`;
		}
		const labels = ['Device hotplug', 'Memory hotplug', 'File sharing', 'GPU and VFIO', 'Confidential', 'Isolation'];
		for (const label of [...labels, 'Memory per VM', 'Docker network', 'Tested by Kata', 'Limitations', 'Comment'])
			expect(read).toContain(`${label} `);
	});
});

describe.each(sizes)('the comparison in $columns x $rows', size => {
	const name = (index: number): string => catalogue.hypervisors[hypervisors[index] ?? 'qemu'].name;
	const open = async (downs = ''): Promise<OpenWizard> => {
		const wizard = await toHypervisor(size);
		wizard.type(`${downs}c`);
		await wizard.until(/The hypervisors compared[\s\S]*below: \d+/);
		return wizard;
	};
	/** The line with the columns' names. */
	const head = (wizard: OpenWizard): string =>
		wizard.lines().find(line => /Firecracker|QEMU|Dragonball/.test(line)) ?? '';

	it('opens with the highlighted one in sight and marked, and goes back to it', async () => {
		const wizard = await open('jjjj');
		expect(head(wizard)).toContain('❯ StratoVirt');
		wizard.type(keys.escape);
		await wizard.until(/Which hypervisor[\s\S]*❯ StratoVirt/);
	});

	it('moves by columns to both ends, and keeps names and labels in sight', async () => {
		const wizard = await open();
		expect(head(wizard)).toContain('❯ QEMU');
		wizard.type(right.repeat(20));
		if (size.columns < 120) await wizard.until(/left: /);
		await wizard.until(name(4));
		expect(head(wizard)).toContain(name(4));
		expect(wizard.text()).toContain('On this host');
		expect(wizard.text()).not.toContain('right:');
		wizard.type(left.repeat(20));
		await wizard.until('❯ QEMU');
		expect(wizard.text()).not.toContain('left:');
	});

	it('moves by rows to both ends, and keeps the names in sight', async () => {
		const wizard = await open();
		wizard.type('G');
		await wizard.until(/Written in +C/);
		expect(wizard.text()).toMatch(/above: \d+ rows/);
		expect(wizard.text()).not.toContain('below:');
		expect(head(wizard)).toContain('❯ QEMU');
		wizard.type('g');
		await wizard.until(/On this host +recommended/);
		wizard.type('j');
		await wizard.until(/above: 1 row(?!s)/);
		expect(wizard.text()).not.toContain('On this host');
		expect(wizard.text()).toMatch(/^ To get it/m);
	});

	it('shows every column of every row when a page after the other is read', async () => {
		const wizard = await open();
		const read = new Set<string>();
		for (;;) {
			for (const line of wizard.lines()) read.add(/^ ([A-Z][^ ]*(?: [^ ]+)*) {2,}/.exec(line)?.[1] ?? '');
			if (!/below/.test(wizard.text())) break;
			const before = wizard.text();
			wizard.type(keys.pageDown);
			await wizard.until(lines => lines.join('\n').trimEnd() !== before);
		}
		for (const label of [
			'On this host',
			'In short',
			'Creation speed',
			'Comment',
			'Isolation',
			'Memory per VM',
			'Written in',
		])
			expect(read).toContain(label);
	});

	it('keeps its place when the terminal changes its size, and a burst of keys is taken whole', async () => {
		const wizard = await open();
		wizard.type(`jjjjjj${right}${left}jk`);
		const labels = /^ (Limitations|Features|Good for)/m;
		const before = await wizard.until(
			lines => lines.some(line => line.includes('above: 6 rows')) && lines.some(line => labels.test(line)),
		);
		const first = labels.exec(before)?.[1];
		wizard.resize(100, 30);
		// A terminal shows the frame for its old size in its new one until it is drawn anew.
		await wizard.until(lines => {
			const text = lines.join('\n');
			return /above: 6 rows[\s\S]*←→ columns/.test(text) && labels.exec(text)?.[1] === first && !wizard.overflows();
		});
	});
});

describe('the comparison', () => {
	it('lists only the keys that move something', async () => {
		const wizard = await toHypervisor({columns: 140, rows: 40});
		wizard.type('c');
		const wide = await wizard.until('The hypervisors compared');
		expect(wide).not.toContain('columns');
		expect(wide).toContain('↑↓ rows');
		wizard.resize(60, 20);
		await wizard.until('←→ columns');
	});
});

describe('with a release that was asked for', () => {
	it('recommends what that release takes by itself, and names what it lacks and what would help', async () => {
		const version = '3.9.0';
		const session = {
			...fakeSession(),
			preset: {version},
			pairs: (known: typeof facts) => allAvailability(known, version),
		};
		const wizard = openWizard(session);
		await wizard.until('choose the runtime');
		wizard.type('\r');
		await wizard.until('❯ go    recommended');
		wizard.type('\r');
		const go = words(await wizard.until('❯ QEMU              recommended'));
		expect(go).toContain("Kata's own default before");
		wizard.type(`${keys.escape}k\rkk`);
		const rust = await wizard.until(/runtime rust[\s\S]*❯ QEMU/);
		expect(words(rust)).toContain('take Kata 3.10.0 or newer');
	});
});
