/** The name below `[hypervisor.…]` that the release of a choice reads. */
import {tableName} from '../catalogue/by-release.ts';
import {pairEntry} from '../catalogue/catalogue.ts';
import type {SettingChoice} from './setting.ts';

/** A table of another name would be read as another hypervisor's, and change nothing. */
export const hypervisorTable = (choice: SettingChoice): string =>
	choice.release ? tableName(choice, choice.release.version) : pairEntry(choice).section;
