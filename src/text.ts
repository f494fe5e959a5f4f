/** Numbers as people read them. One place, so that screens and plain text say the same. */

/** `969 MB`, `1.2 GB`: decimal units, as GitHub and df -H show them. */
export function bytes(count: number): string {
	const units = ['B', 'kB', 'MB', 'GB', 'TB'];
	let value = Math.max(0, count);
	let unit = 0;
	while (value >= 999.5 && unit < units.length - 1) {
		value /= 1000;
		unit += 1;
	}
	return `${value < 9.95 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** Seconds as `4 s`, `1 min 20 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
	const whole = Math.max(0, Math.round(seconds));
	if (whole < 60) return `${whole} s`;
	if (whole < 3600) return [`${Math.floor(whole / 60)} min`, ...(whole % 60 ? [`${whole % 60} s`] : [])].join(' ');
	const minutes = Math.floor((whole % 3600) / 60);
	return [`${Math.floor(whole / 3600)} h`, ...(minutes ? [`${minutes} min`] : [])].join(' ');
}
