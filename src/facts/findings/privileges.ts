/** How root will be had. Looking and planning need none; applying asks once. */
import {finding, type Judgement, unreadFinding, unreadWhy} from './judgement.ts';

export const judgePrivileges: Judgement = facts => {
	const {root, user} = facts.privileges;
	const common = {id: 'root', label: 'Root'};
	const why = unreadWhy(facts, 'privileges');
	if (why && root !== 'root') return [unreadFinding('root', 'Root', 'Whether sudo may be used', why)];
	switch (root) {
		case 'root':
			return [finding({...common, severity: 'ok', summary: 'running as root'})];
		case 'passwordless':
			return [
				finding({
					...common,
					severity: 'ok',
					summary: `${user} may use sudo without a password now`,
					detail: ['`sudo -n true` succeeded. Only applying the reviewed plan runs as root.'],
				}),
			];
		case 'password':
			return [
				finding({
					...common,
					severity: 'note',
					summary: 'sudo will ask for a password once, when the plan is applied',
					detail: [
						'`sudo -n true` wants a password. sudo says the same to those who may not use it at all; which it is shows then.',
					],
				}),
			];
		case 'none':
			return [
				finding({
					...common,
					severity: 'blocker',
					summary: `${user} cannot become root here`,
					detail: [
						'There is no sudo, or it is not allowed. Installing writes to /opt and /etc and restarts containerd.',
					],
					remedy: ['Log in as root, or have an administrator allow sudo for this user.'],
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
