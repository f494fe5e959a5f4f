/** How root will be had. Looking and planning need none; applying asks once. */
import {finding, type Judgement, unreadFinding, unreadWhy} from '../judgement.ts';

export const judgePrivileges: Judgement = facts => {
	const {root, user, by = 'sudo'} = facts.privileges;
	const common = {id: 'root', label: 'Root', sources: [`${by} -n true`]};
	const why = unreadWhy(facts, 'privileges');
	if (why && root !== 'root') return [unreadFinding('root', 'Root', 'Whether sudo may be used', why)];
	switch (root) {
		case 'root':
			return [finding({...common, severity: 'ok', summary: 'running as root', sources: []})];
		case 'passwordless':
			return [
				finding({
					...common,
					severity: 'ok',
					summary: `${user} may use ${by} without a password now`,
					detail: ['Only applying the reviewed plan runs as root.'],
				}),
			];
		case 'password':
			return [
				finding({
					...common,
					severity: 'note',
					summary: `${by} will ask for a password once, when the plan is applied`,
					detail:
						by === 'sudo'
							? ['sudo wants a password. It says the same to those who may not use it at all; which it is shows then.']
							: [],
				}),
			];
		case 'none':
			return [
				finding({
					...common,
					// Not in the way of Kata, but of this user: what can run here needs no root to be told.
					severity: 'note',
					summary: `${user} cannot become root here, and installing needs root`,
					detail: [
						'There is neither sudo nor doas, or they are not allowed. Installing writes to /opt and /etc and restarts containerd.',
					],
					remedy: ['To install, log in as root, or have an administrator allow sudo for this user.'],
				}),
			];
		case 'unknown':
			return [
				finding({
					...common,
					severity: 'unknown',
					summary: 'whether sudo may be used could not be told',
					remedy: ['Run kata-setup as root if sudo refuses.'],
				}),
			];
	}
};
