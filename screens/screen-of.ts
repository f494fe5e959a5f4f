/** Which view is on the screen. */
import {advancedDetails, advancedView} from './advanced.ts';
import {compareView} from './compare.ts';
import {findingView, fineView} from './finding.ts';
import {homeView} from './home.ts';
import {hostView} from './host.ts';
import {hypervisorDetails, hypervisorView, whyView} from './hypervisor.ts';
import {installView, leavingView, logView} from './install.ts';
import {installedView} from './installed.ts';
import type {Journey} from './journey/state.ts';
import type {Look} from './look.ts';
import {optionsView} from './options.ts';
import {outlookView} from './outlook.ts';
import {resultView} from './result.ts';
import {commandView, reviewView, unverifiedView} from './review.ts';
import {runtimeDetails, runtimeView} from './runtime.ts';
import {settingsView} from './settings.ts';
import {stepView} from './step-page.ts';
import {unfinishedView} from './unfinished.ts';
import type {ScreenView} from './view.ts';

/** Room for the longest name and its tag, and the gap before the panel. */
const listColumns = 34;

/** Columns of the panel beside a choice, or the whole width where it stands below. */
export const panelWidthOf = (look: Look): number => (look.wide ? look.width - listColumns : look.width);

export function viewOf(state: Journey, look: Look): ScreenView {
	const panel = panelWidthOf(look);
	if (state.leaving) return leavingView(state, look, panel);
	if (state.page) return pageView(state, state.page, look);
	switch (state.screen) {
		case 'home':
			return homeView(state, look, panel);
		case 'host':
			return hostView(state, look);
		case 'runtime':
			return runtimeView(state, look, panel);
		case 'hypervisor':
			return hypervisorView(state, look, panel);
		case 'advanced':
			return advancedView(state, look, panel);
		case 'options':
			return optionsView(state, look, panel);
		case 'review':
			return reviewView(state, look);
		case 'install':
			return installView(state, look);
		case 'result':
			return resultView(state, look);
	}
}

function pageView(state: Journey, page: NonNullable<Journey['page']>, look: Look): ScreenView {
	switch (page.page) {
		case 'finding':
			return findingView(state, page.finding, page.top, look);
		case 'outlook':
			return outlookView(state, page.top, look);
		case 'fine':
			return fineView(state, page.top, look);
		case 'step':
			return stepView(state, page.step, page.top, look);
		case 'compare':
			return compareView(state, page, look);
		case 'settings':
			return settingsView(state, page, look);
		case 'details':
			return detailsView(state, page.top, look);
		case 'why':
			return whyView(state, page.top, look);
		case 'log':
			return logView(state, page.top, look);
		case 'installed':
			return installedView(state, page.top, look);
		case 'unverified':
			return unverifiedView(state, page.top, look);
		case 'unfinished':
			return unfinishedView(state, page.top, look);
		case 'command':
			return commandView(state, page.top, look);
	}
}

function detailsView(state: Journey, top: number, look: Look): ScreenView {
	if (state.screen === 'runtime') return runtimeDetails(state, top, look);
	return state.screen === 'advanced' ? advancedDetails(state, top, look) : hypervisorDetails(state, top, look);
}
