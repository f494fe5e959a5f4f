/**
 * For bench.mjs: looks at this host as `check` does, all probes side by side, and then by the same probes one after
 * another. The network is not asked. Prints both times as JSON, in milliseconds.
 */
import {gatherFacts, probes, probesAfter} from '../src/facts/gather.ts';
import {judge} from '../src/facts/judge.ts';
import {machineProbe} from '../src/facts/machine/machine.ts';
import {networkProbe} from '../src/facts/network/network.ts';
import {outlookOf} from '../src/facts/outlook.ts';
import {type Probe, runProbe} from '../src/facts/probe.ts';
import {reportFacts} from '../src/facts/report.ts';
import {createRealHost} from '../src/host/real.ts';

const host = createRealHost();
const environment = process.env;

async function timeOf(work: () => Promise<unknown>): Promise<number> {
	const begun = performance.now();
	await work();
	return performance.now() - begun;
}

async function check(): Promise<void> {
	const facts = await gatherFacts(host, {kataSetup: 'bench', installation: null, environment});
	const findings = judge(facts);
	reportFacts(facts, findings, outlookOf(facts, findings));
}

async function oneAfterAnother(): Promise<void> {
	const {containerd, ...others} = probes;
	const {value} = await runProbe(host, containerd);
	const rest: Probe<unknown>[] = [
		machineProbe,
		networkProbe(environment, null),
		...Object.values(others),
		...Object.values(probesAfter(value, {environment, installation: null})),
	];
	for (const probe of rest) await runProbe(host, probe);
}

// The first look warms the caches of both.
await check();
console.log(JSON.stringify({whole: await timeOf(check), parts: await timeOf(oneAfterAnother)}));
