/** A containerd that a test plays, and the step that registers the handler with it, as the executor takes it. */
import {describeConfig} from '../../src/engines/containerd-dump.ts';
import {planContainerdEdit} from '../../src/engines/containerd-edit.ts';
import {parseToml} from '../../src/engines/toml-text.ts';
import {readContainerd} from '../../src/facts/engines/engines.ts';
import type {ContainerdConfigArguments} from '../../src/plan/plan.ts';
import {type ContainerdInverse, containerdConfigStep as step} from '../../src/steps/containerd-config.ts';
import type {StepContext} from '../../src/steps/step-kind.ts';
import {type FakeContainerd, fakeContainerd} from '../engines/fake-containerd.ts';

export const main = '/etc/containerd/config.toml';
export const paths = {runtimePath: '/etc/kata/shim', configPath: '/etc/kata/configuration.toml'};
export const config = `version = 3

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
  runtime_type = 'io.containerd.runc.v2'
  [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
    SystemdCgroup = true
`;

/** containerd 2.1 of the distribution, as a service. */
export const playedContainerd = (): Promise<FakeContainerd> =>
	fakeContainerd({
		[main]: config,
		'/usr/bin/containerd': '',
		'/usr/bin/ctr': '',
		'/proc/612/cmdline': '/usr/bin/containerd\0',
		'/proc/612/exe': 'link:/usr/bin/containerd',
		'/proc/612/cgroup': '0::/system.slice/containerd.service\n',
	});

export async function plannedFor(
	fake: FakeContainerd,
	restart: string | null = 'containerd.service',
): Promise<ContainerdConfigArguments> {
	const [containerd] = await readContainerd(fake.host);
	if (!containerd) throw new Error('the fake containerd was not found');
	const {binary, address, ctr, version} = containerd;
	const {edits, handler} = planContainerdEdit(containerd, paths);
	return {binary, address, ctr, version, config: containerd.config.path, edits, handler, runtime: paths, restart};
}

export const handlersLoadedIn = (fake: FakeContainerd): string[] =>
	Object.keys(describeConfig(parseToml(fake.loaded())).runtimes);
export const restartsOf = (fake: FakeContainerd): number =>
	fake.commands.filter(line => line === 'systemctl restart containerd.service').length;

/** The whole step. @returns its inverse, as the journal keeps it */
export async function applyTo(
	fake: FakeContainerd,
	args: ContainerdConfigArguments,
	context: StepContext,
): Promise<ContainerdInverse> {
	const inverse = await step.prepare(fake.host, args);
	// The executor keeps it as JSON.
	const kept = JSON.parse(JSON.stringify(inverse)) as typeof inverse;
	await step.perform(fake.host, args, context);
	await step.verify(fake.host, args);
	return kept;
}
