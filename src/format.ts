/** Numbers as people read them; the same words on a screen, in plain text and in the summary. */

const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** Bytes in decimal units with three significant digits at most: `0 B`, `412 MB`, `1.2 GB`. */
export function formatBytes(bytes: number): string {
	let value = Math.max(0, bytes);
	let unit = 0;
	// 999.5 kB would be printed as "1000 kB": it belongs to the next unit already.
	while (value >= 999.5 && unit < units.length - 1) {
		value /= 1000;
		unit += 1;
	}
	const digits = unit === 0 || value >= 9.95 ? 0 : 1;
	return `${value.toFixed(digits)} ${units[unit]}`;
}

/** Bytes in GiB, the unit of the flags that ask for a size, with one digit where it is not whole: `20 GiB`, `3.7 GiB`. */
export const formatGib = (bytes: number): string => `${Number((Math.max(0, bytes) / 2 ** 30).toFixed(1))} GiB`;

/** A clause as a sentence. */
export const sentenceOf = (clause: string): string => `${clause.charAt(0).toUpperCase()}${clause.slice(1)}.`;

/** Milliseconds as `0.3 s`, `12 s`, `2 min 05 s`, `1 h 04 min`. */
export function formatDuration(ms: number): string {
	const seconds = Math.max(0, ms) / 1000;
	if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
	const whole = Math.round(seconds);
	if (whole < 60) return `${whole} s`;
	const minutes = Math.floor(whole / 60);
	if (minutes < 60) return `${minutes} min ${pad(whole % 60)} s`;
	return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
}

const pad = (value: number): string => String(value).padStart(2, '0');

/** A moment (ISO 8601, UTC) as it is said everywhere: `2026-11-26 10:02 UTC`. What is no moment is given back. */
export const formatTime = (iso: string): string =>
	/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(iso) ? `${iso.slice(0, 16).replace('T', ' ')} UTC` : iso;
