import {describe, expect, it} from 'vitest';
import {parseInvocation, wantsJson} from '../../src/cli/parse.ts';
import {KataSetupError} from '../../src/errors.ts';

const usage = (argv: readonly string[], env = {}): KataSetupError['report'] => {
	try {
		parseInvocation(argv, env);
	} catch (error) {
		if (error instanceof KataSetupError) return error.report;
		throw error;
	}
	throw new Error('it was accepted');
};

describe('parseInvocation', () => {
	it('starts the wizard without a command', () => {
		expect(parseInvocation([], {}).command).toBe('wizard');
		expect(parseInvocation(['--rehearse'], {})).toMatchObject({command: 'wizard', flags: {rehearse: true}});
	});

	it('tells our version from the one of Kata', () => {
		expect(parseInvocation(['--version'], {}).printVersion).toBe(true);
		expect(parseInvocation(['install', '--version', '4.1.0'], {})).toMatchObject({
			printVersion: false,
			flags: {version: '4.1.0'},
		});
	});

	it('collects what may be repeated', () => {
		const {flags} = parseInvocation(['install', '--archive', 'a', '--archive=b', '--sha256', 'c'], {});
		expect(flags).toMatchObject({archive: ['a', 'b'], sha256: ['c']});
	});

	it('takes every flag from the environment, and the command line over it', () => {
		const env = {
			KATA_SETUP_RUNTIME: 'go',
			KATA_SETUP_YES: '1',
			KATA_SETUP_RELEASE_URL: 'http://m',
			KATA_SETUP_ARCHIVE: 'a,b',
		};
		expect(parseInvocation(['install'], env).flags).toMatchObject({
			runtime: 'go',
			yes: true,
			'release-url': 'http://m',
			archive: ['a', 'b'],
		});
		expect(parseInvocation(['install', '--runtime', 'rust'], env).flags.runtime).toBe('rust');
	});

	it('takes a number as a number', () => {
		expect(parseInvocation(['install', '--guest-memory', '512'], {}).flags['guest-memory']).toBe(512);
		expect(parseInvocation(['install'], {KATA_SETUP_GUEST_MEMORY: '768'}).flags['guest-memory']).toBe(768);
		expect(parseInvocation(['install'], {}).flags['guest-memory']).toBeUndefined();
	});

	it('takes a switch as on, off or not given, and never the next word', () => {
		const {flags} = parseInvocation(['install', '--debug', '--static-sizing=no', '--rootless=yes', '--yes'], {});
		expect(flags).toMatchObject({debug: true, 'static-sizing': false, rootless: true, yes: true});
		expect(flags.hugepages).toBeUndefined();
		const env = {KATA_SETUP_DEBUG: '0', KATA_SETUP_HUGEPAGES: '', KATA_SETUP_VM_TEMPLATE: '1'};
		expect(parseInvocation(['install'], env).flags).toMatchObject({debug: false, 'vm-template': true});
		expect(parseInvocation(['install'], env).flags.hugepages).toBeUndefined();
		expect(parseInvocation(['install', '--debug'], env).flags.debug).toBe(true);
		expect(usage(['install', '--debug', 'no']).message).toContain('`no`');
	});

	it.each<readonly [readonly string[], string]>([
		[['instal'], 'Did you mean install?'],
		[['install', '--hypervsior', 'x'], 'Did you mean --hypervisor?'],
		[['install', '--runtime', 'c'], 'rust, go'],
		[['install', '--runtime'], '--runtime NAME'],
		[['status', '--yes'], 'kata-setup status --help lists them.'],
		[['check', '--plain'], 'kata-setup check --help lists them.'],
		[['nonsense'], 'kata-setup --help lists all of them.'],
		[['apply', 'a', 'b'], 'kata-setup apply --help'],
		[['install', '--yes=no'], 'Write only --yes'],
		[['install', '--debug=perhaps'], 'It is yes or no'],
		[['install', '--debug='], 'It is yes or no'],
		[['install', '--shared-fs', 'nfs'], 'virtio-fs, inline-virtio-fs, virtio-9p'],
		[['install', '-x'], '--help'],
		[['install', '--guest-memory'], '--guest-memory MIB'],
		...['0', '-1', '1.5', '1e3', '512M', '0x200', '9007199254740993'].map(
			size => [['install', `--guest-memory=${size}`], 'whole number above zero'] as const,
		),
	])('refuses %j and says what is right', (argv, remedy) => {
		expect(usage(argv).exit).toBe('usage');
		expect(usage(argv).remedy.join(' ')).toContain(remedy);
	});

	it('refuses an environment variable that is neither yes nor no', () => {
		expect(usage(['install'], {KATA_SETUP_YES: 'perhaps'}).message).toContain('KATA_SETUP_YES');
	});
});

describe('flags that mean nothing alone', () => {
	it('are refused: --root would mean the real host, --sha256 nothing', () => {
		expect(usage(['install', '--yes', '--root', '/tmp/x']).remedy.join()).toContain('--rehearse');
		expect(usage(['install', '--yes'], {KATA_SETUP_ROOT: '/tmp/x'}).message).toContain('--root');
		expect(usage(['plan', '--sha256', 'ab']).remedy.join()).toContain('--archive');
		expect(parseInvocation(['plan', '--rehearse', '--root', '/tmp/x'], {}).flags.root).toBe('/tmp/x');
		expect(parseInvocation(['worker', '--root', '/tmp/x'], {}).flags.root).toBe('/tmp/x');
	});
});

describe('wantsJson', () => {
	it('holds for the flag and for its variable, even where the rest is wrong', () => {
		expect(wantsJson(['instal', '--json'], {})).toBe(true);
		expect(wantsJson(['instal'], {KATA_SETUP_JSON: '1'})).toBe(true);
		expect(wantsJson(['instal'], {KATA_SETUP_JSON: '0'})).toBe(false);
		expect(wantsJson([], {})).toBe(false);
	});
});
