#!/usr/bin/env node
/*
 * The entry, in the JavaScript of long ago: a Node that is too old must be able to read it and to say what to do.
 * Everything else is in dist/kata-setup.mjs.
 */
'use strict';

var needed = [20, 19];
var have = process.versions.node.split('.').map(Number);

if (have[0] < needed[0] || (have[0] === needed[0] && have[1] < needed[1])) {
	console.error(
		'kata-setup needs Node ' +
			needed.join('.') +
			' or newer; this is Node ' +
			process.versions.node +
			' (' +
			process.execPath +
			').',
	);
	console.error(
		"Get a newer one: https://nodejs.org/en/download, or on Debian 13, Fedora and RHEL 9 and later from the system's own packages.",
	);
	process.exit(1);
} else {
	require('./load.cjs');
}
