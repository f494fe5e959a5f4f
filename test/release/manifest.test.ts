/** The manifest's text: what goes in comes out, and a damaged one is told. */
import {describe, expect, it} from 'vitest';
import {KataSetupError} from '../../src/errors.ts';
import {isNewerManifest, type ManifestMember, manifestText, parseManifest} from '../../src/release/manifest.ts';

const members: ManifestMember[] = [
	{type: 'file', path: 'bin/a "b"\u2028', archive: 'two.tar', mode: 0o755, size: 3, sha256: 'a'.repeat(64)},
	{type: 'directory', path: 'bin', archive: 'one.tar', mode: 0o700},
	{type: 'link', path: 'bin/l', archive: 'one.tar', target: '../x\ny'},
];
const text = manifestText(members);

/** As manifests were before they had a digest of their own. */
const undigested = text.replace(/,"sha256":"[0-9a-f]{64}"\}/, '}');

/** The evidence of the refusal of a text. */
function refused(broken: string): string {
	try {
		parseManifest(broken, '/t.manifest');
	} catch (error) {
		if (!(error instanceof KataSetupError)) throw error;
		expect(error.report).toMatchObject({exit: 'incomplete', message: '/t.manifest cannot be read as a manifest.'});
		return error.report.evidence.join('\n');
	}
	throw new Error('it was taken');
}

describe('a manifest', () => {
	it('gives back every member, in the order of the paths, one a line', () => {
		const [file, folder, link] = members;
		expect(parseManifest(text, '/t.manifest')).toEqual([folder, file, link]);
		expect(text.trimEnd().split('\n')).toHaveLength(4);
	});

	it('is the same whatever the order in which members came', () => {
		expect(manifestText(members.toReversed())).toBe(text);
	});

	it('is read without a digest of its own, as the first ones were', () => {
		expect(undigested).not.toBe(text);
		expect(parseManifest(undigested, '/t.manifest')).toEqual(parseManifest(text, '/t.manifest'));
	});

	it('is newer and not damaged where its first line says so', () => {
		expect(isNewerManifest(text.replace('"manifest":1', '"manifest":2'))).toBe(true);
		for (const damaged of [text, '', text.slice(5), '{"manifest":2']) expect(isNewerManifest(damaged)).toBe(false);
	});

	it('of an empty tree is one line', () => {
		expect(parseManifest(manifestText([]), '/t.manifest')).toEqual([]);
	});

	it('is refused if a line is gone, torn or of another kind, or the format is a newer one', () => {
		const lines = text.trimEnd().split('\n');
		expect(refused(`${lines.slice(0, -1).join('\n')}\n`)).toBe('it has 2 members, not 3');
		expect(refused(undigested.slice(0, -5))).toMatch(/JSON/);
		expect(refused(text.slice(0, -5))).toContain('do not have the digest');
		expect(refused(undigested.replace('["d"', '["x"'))).toBe('a line begins with x');
		expect(refused(text.replace('["d"', '["x"'))).toContain('do not have the digest');
		expect(refused(text.replace('"manifest":1', '"manifest":2'))).toContain('names the format 2');
		expect(refused('')).toMatch(/JSON/);
	});
});
