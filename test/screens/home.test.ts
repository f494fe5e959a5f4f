/** Home: what is installed, and every way from there. */
import {afterEach, describe, expect, it, vi} from 'vitest';
import {Writer} from '../../screens/doc.ts';
import {writeInstallation} from '../../screens/installation.ts';
import {lookFor} from '../../screens/look.ts';
import type {Facts} from '../../src/facts/facts.ts';
import {fakeSession} from './fake-session.ts';
import {plan} from './plan-fixtures.ts';
import {closeWizards, keys, openWizard} from './screen.ts';
import {installed} from './to-review.ts';

// Every test waits for conditions; each wait has its own ceiling, and this one must not come first.
vi.setConfig({testTimeout: 120_000});
afterEach(closeWizards);

/** All that Home can tell of an installation. */
const full: Facts = {
	...installed,
	network: {
		proxies: {http: null, https: null, all: null, no: null, credentials: false},
		units: [],
		index: {url: 'u', status: 200, json: true, newest: '4.2.0', error: [], rateLimit: null, retryAfter: null},
	},
	kataProcesses: [
		{pid: 9, kind: 'hypervisor', program: 'qemu', tree: installed.installation.tree, deleted: false},
		{
			pid: 10,
			kind: 'hypervisor',
			program: 'qemu',
			tree: '/opt/kata-setup/trees/4.0.0-go-fedcba9876543210',
			deleted: false,
		},
	],
	installation: {
		...installed.installation,
		previous: plan.choice,
		proof: {at: '2026-11-23T07:00:00.000Z', outcome: 'vm', sentence: 'The container ran in a VM of QEMU.'},
		lastRun: {
			run: 'r1',
			verb: 'upgrade',
			at: '2026-11-23T08:00:00.000Z',
			outcome: 'undone',
			error: {exit: 'release', message: 'The archive is broken.'},
		},
	},
	drift: {
		depth: 'quick',
		items: [{path: '/opt/kata', kind: 'missing', expected: 'link', found: 'absent'}],
		unjudged: [],
		theirs: [],
	},
};

/** The rows as they are written where there is room: each label with the first word of its value. */
function rowsOf(facts: Facts): [label: string, value: string][] {
	const writer = new Writer(lookFor({columns: 140, rows: 40}, 'unicode'));
	writeInstallation(writer, facts);
	return writer.lines.flatMap((line): [string, string][] => {
		const [label = '', value = ''] = line.map(({text}) => text.trim());
		return label === '' ? [] : [[label, value.split(/[\s/]/)[0] ?? '']];
	});
}

describe('Home', () => {
	it('starts at Home where something is installed, and uninstalls from there', async () => {
		const session = fakeSession({facts: installed});
		const wizard = openWizard(session);
		await wizard.until(/Kata 4.1.0 is installed[\s\S]*Tree +\/opt\/kata-setup\/trees\//);
		wizard.type('jjjjjjj\r');
		await wizard.until('i uninstall now');
		expect(session.asked.plans).toEqual(['uninstall']);
	});

	it('switches from Home through the answers of last time, and says when nothing would change', async () => {
		const choice = {...(plan.choice as NonNullable<typeof plan.choice>), hypervisor: 'dragonball' as const};
		const installation = {...installed.installation, hypervisor: 'dragonball', choice};
		const session = fakeSession({
			facts: {...installed, installation},
			plan: async () => ({...plan, verb: 'switch', choice, steps: []}),
		});
		const wizard = openWizard(session);
		await wizard.until('❯ Switch hypervisor');
		wizard.type('\r');
		expect(await wizard.until('❯ Dragonball')).toContain('Home ✔ ─ Hypervisor ─ Review');
		wizard.type('\r');
		const shown = await wizard.until('It is so already');
		expect(shown).not.toContain('switch now');
		expect(session.asked.plans).toEqual([{runtime: 'rust', hypervisor: 'dragonball'}]);
		wizard.type('\u001b');
		await wizard.until('❯ Dragonball');
		wizard.type('\u001b');
		await wizard.until('❯ Switch hypervisor');
	});

	it('changes the runtime from Home, and then the hypervisor for it', async () => {
		const wizard = openWizard(fakeSession({facts: installed}));
		await wizard.until('❯ Switch hypervisor');
		wizard.type('j\r');
		expect(await wizard.until('Which runtime')).toContain('Home ✔ ─ Runtime ─ Hypervisor ─ Review');
		wizard.type('\r');
		await wizard.until('Which hypervisor');
		wizard.type('\u001b');
		await wizard.until('Which runtime');
		wizard.type('\u001b');
		await wizard.until('❯ Change runtime');
	});

	it('changes options from Home at once, and comes back Home where none was changed', async () => {
		const options = {vcpus: 2};
		const choice = {...(plan.choice as NonNullable<typeof plan.choice>), options};
		const session = fakeSession({
			facts: {...installed, installation: {...installed.installation, choice}},
			plan: async () => ({...plan, verb: 'switch'}),
		});
		const wizard = openWizard(session);
		await wizard.until('❯ Switch hypervisor');
		wizard.type('jj\r');
		expect(await wizard.until(/vcpus +2 \*/)).toContain('Home ✔ ─ Options ─ Review');
		wizard.type('\u001b');
		await wizard.until('❯ Change options');
		expect(session.asked.plans).toEqual([]);
		wizard.type('\rjl');
		await wizard.until(/guest-memory +\d+ \*/);
		wizard.type('\u001b');
		await wizard.until('i switch now');
		expect(session.asked.plans).toEqual([{runtime: 'rust', hypervisor: 'qemu'}]);
		wizard.type('\u001b');
		await wizard.until('❯ Change options');
	});

	it('names engines, handlers, and a newer release where the index told of one', async () => {
		const index = {url: 'u', status: 200, json: true, newest: '4.2.0', error: [], rateLimit: null, retryAfter: null};
		const network = {proxies: {http: null, https: null, all: null, no: null, credentials: false}, units: [], index};
		const named = {path: '/opt/kata/bin/containerd-shim-kata-v2', state: 'there' as const};
		const handler = {source: '/f', type: null, runtime: named, configuration: null};
		const kataHandlers = [
			{...handler, engine: 'containerd' as const, name: 'kata'},
			{...handler, engine: 'docker' as const, name: 'kata-old'},
		];
		const known = {...installed, network, kataHandlers};
		const shown = await openWizard(fakeSession({facts: known})).until('❯ Switch hypervisor');
		expect(shown).toMatch(/In force +4\.1\.0, rust, QEMU\n/);
		expect(shown).toMatch(/Updates +4\.2\.0 is out/);
		expect(shown).toMatch(/Engines +containerd \d/);
		expect(shown).toMatch(/Handlers +kata \(ours\), kata-old of\s+Docker/);
		const same = {...known, network: {...network, index: {...index, newest: '4.1.0'}}};
		await openWizard(fakeSession({facts: same})).until(/Updates +none; the newest release is\s+4\.1\.0/);
		expect(await openWizard(fakeSession({facts: installed})).until('❯ Switch hypervisor')).not.toContain('Updates');
		const [one] = installed.containerd;
		const enginesIn = async (changes: object): Promise<string> =>
			openWizard(fakeSession({facts: {...installed, ...changes}})).until('❯ Switch hypervisor');
		expect(await enginesIn({containerd: [one, {...one, version: '2.1.9'}]})).toMatch(
			/containerd 1\.\S+, containerd\s+2\.1\.9/,
		);
		expect(await enginesIn({containerd: []})).toContain('no containerd runs');
		const unread = [{probe: 'containerd', why: 'It hangs.'}];
		expect(await enginesIn({containerd: [], unread})).toMatch(/containerd could not be\s+looked at/);
	});

	it('rolls back from Home where there is a state before, and not elsewhere', async () => {
		const without = openWizard(fakeSession({facts: installed}));
		expect(await without.until('❯ Switch hypervisor')).not.toContain('Roll back');
		const installation = {...installed.installation, previous: plan.choice};
		const running = {
			pid: 9,
			kind: 'hypervisor',
			program: 'qemu',
			tree: '/opt/kata-setup/trees/t',
			deleted: false,
		} as const;
		const session = fakeSession({
			facts: {...installed, installation, kataProcesses: [running, {...running, pid: 10}]},
			plan: async () => ({...plan, verb: 'rollback'}),
		});
		const wizard = openWizard(session);
		expect(await wizard.until('❯ Switch hypervisor')).toMatch(
			/Running +2 with qemu of t[\s\S]*Before +4\.1\.0, rust, QEMU/,
		);
		wizard.type('jjjj\r');
		await wizard.until('i roll back now');
		expect(session.asked.plans).toEqual(['rollback']);
	});

	describe.each([
		{columns: 80, rows: 24},
		{columns: 60, rows: 20},
	])('in $columns x $rows', size => {
		it('has every row of what is installed, and what changed, one key away', async () => {
			const wizard = openWizard(fakeSession({facts: full}), size);
			await wizard.until('❯ Repair');
			wizard.type('d');
			let shown = await wizard.until('What is installed');
			const seen = [shown];
			while (shown.includes('more below')) {
				const before = shown;
				wizard.type(keys.pageDown);
				shown = await wizard.until(lines => lines.join('\n').trimEnd() !== before);
				seen.push(shown);
			}
			const page = seen.join('\n');
			for (const [label, value] of rowsOf(full)) expect(page).toMatch(new RegExp(`^ ${label} +${value}`, 'm'));
			expect(page).toContain('What changed since kata-setup made it');
			expect(page.replace(/\s+/g, ' ')).toContain('all of it taken back. The archive is broken.');
			expect(page).toContain('is gone');
		});

		it('says how things stand and what the action means', async () => {
			const shown = await openWizard(fakeSession({facts: {...full, drift: null}}), size).until('❯ Switch hypervisor');
			const state = shown.indexOf('In force');
			const meaning = shown.indexOf('Another hypervisor for');
			expect(meaning).toBeGreaterThan(0);
			// Where one stands under the other, the state comes first.
			expect(state > 0 && state < meaning).toBe(size.columns < 74);
			expect(shown).toMatch(/Last proof +2026/);
			expect(shown).toContain('d what is installed');
		});
	});

	it('opens what is installed where nothing changed, and says so', async () => {
		const none = {depth: 'quick', items: [], unjudged: [], theirs: []} as const;
		const known = {...installed, drift: {...none, items: [], unjudged: [], theirs: []}};
		const wizard = openWizard(fakeSession({facts: known}));
		await wizard.until('❯ Switch hypervisor');
		wizard.type('d');
		await wizard.until(/Tree +\/opt[\s\S]*Nothing changed since kata-setup made it/);
		wizard.type(keys.escape);
		await wizard.until('❯ Switch hypervisor');
		const unread = [{probe: 'drift', why: 'It did not end within 10 s.'}];
		const hangs = openWizard(fakeSession({facts: {...installed, unread}}));
		await hangs.until('❯ Switch hypervisor');
		hangs.type('d');
		expect(await hangs.until('could not be read')).not.toContain('Nothing changed');
	});

	it('names what drifted, all of it one key away, and repairs it through the review', async () => {
		const item = (n: number) =>
			({path: `/opt/kata-setup/trees/t/file-${n}`, kind: 'missing', expected: 'file', found: 'absent'}) as const;
		const items = Array.from({length: 30}, (_, n) => item(n));
		const drift = {depth: 'quick', items, unjudged: [], theirs: []} as const;
		const drifted = {...installed, drift: {...drift, items, unjudged: [], theirs: []}};
		const steps = plan.steps.filter(({kind}) => kind === 'fetch-archive');
		const session = fakeSession({facts: drifted, plan: async () => ({...plan, verb: 'repair', steps})});
		const wizard = openWizard(session);
		expect(await wizard.until('❯ Repair')).toMatch(/30 things of kata-setup changed[\s\S]*and 27 more/);
		wizard.type('d');
		await wizard.until('file-0');
		wizard.type('G');
		expect(await wizard.until('file-29')).not.toContain('file-0\n');
		wizard.type('\u001b');
		await wizard.until('❯ Repair');
		wizard.type('\r');
		const review = await wizard.until('i repair now');
		expect(review).toMatch(/Download +\d/);
		expect(review).toMatch(/Undo +a failure puts back what was found/);
		expect(session.asked.plans).toEqual(['repair']);
	});

	it('compares all of it where nothing is known to have drifted, and says that nothing did', async () => {
		const session = fakeSession({facts: installed, plan: async () => ({...plan, verb: 'repair', steps: []})});
		const wizard = openWizard(session);
		await wizard.until('❯ Switch hypervisor');
		wizard.type('jjjjj');
		expect(await wizard.until('❯ Repair')).toContain('Compares every file');
		wizard.type('\r');
		expect(await wizard.until('Nothing drifted')).not.toContain('repair now');
		expect(session.asked.plans).toEqual(['repair']);
	});
});
