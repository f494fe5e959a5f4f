/*
 * The program of the smoke test's image: says on which kernel it runs, one key=value a line, and stays until it is told to
 * go, so that the hypervisor's process can be looked at while the sandbox lives. It uses no C library, only system calls.
 *
 * Exit status: 0 when a signal ended it, 1 when none came within ten minutes, 2 when nobody reads what it says.
 */

/* The numbers of arch/<name>/include/uapi/asm/unistd.h and syscall.tbl in Linux; they never change. */
#if defined(__x86_64__)
enum { sys_read = 0, sys_write = 1, sys_sigprocmask = 14, sys_uname = 63, sys_sigtimedwait = 128, sys_exit_group = 231, sys_openat = 257 };
static long call(long number, long a, long b, long c, long d)
{
	long result;
	register long r10 __asm__("r10") = d;
	__asm__ volatile("syscall" : "=a"(result) : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10) : "rcx", "r11", "memory");
	return result;
}
#elif defined(__aarch64__)
enum { sys_openat = 56, sys_read = 63, sys_write = 64, sys_exit_group = 94, sys_sigprocmask = 135, sys_sigtimedwait = 137, sys_uname = 160 };
static long call(long number, long a, long b, long c, long d)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
	return x0;
}
#elif defined(__s390x__)
enum { sys_read = 3, sys_write = 4, sys_uname = 122, sys_sigprocmask = 175, sys_sigtimedwait = 177, sys_exit_group = 248, sys_openat = 288 };
static long call(long number, long a, long b, long c, long d)
{
	register long r1 __asm__("1") = number;
	register long r2 __asm__("2") = a;
	register long r3 __asm__("3") = b;
	register long r4 __asm__("4") = c;
	register long r5 __asm__("5") = d;
	__asm__ volatile("svc 0" : "+d"(r2) : "d"(r1), "d"(r3), "d"(r4), "d"(r5) : "memory");
	return r2;
}
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
enum { sys_read = 3, sys_write = 4, sys_uname = 122, sys_sigprocmask = 174, sys_sigtimedwait = 176, sys_exit_group = 234, sys_openat = 286 };
static long call(long number, long a, long b, long c, long d)
{
	register long r0 __asm__("r0") = number;
	register long r3 __asm__("r3") = a;
	register long r4 __asm__("r4") = b;
	register long r5 __asm__("r5") = c;
	register long r6 __asm__("r6") = d;
	/* An error is told by the summary overflow bit, with a positive number. */
	__asm__ volatile("sc\n\tbns+ 1f\n\tneg 3,3\n1:"
			 : "+r"(r0), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6)
			 :
			 : "r7", "r8", "r9", "r10", "r11", "r12", "cr0", "ctr", "xer", "memory");
	return r3;
}
#else
#error "Kata has no release for this architecture"
#endif

enum { here = -100 /* AT_FDCWD */, interrupted = -4 /* -EINTR */, sigset_bytes = 8, sig_block = 0 };

/* Signals 1 (HUP), 2 (INT), 3 (QUIT) and 15 (TERM), whose numbers are the same on all four. */
static const unsigned long endings = 1UL << 0 | 1UL << 1 | 1UL << 2 | 1UL << 14;
static const unsigned long every = ~0UL;
static const long limit[2] = {600, 0}; /* seconds, nanoseconds */

/* Everything is said in one piece; no kernel's command line is longer than 4 KiB. */
struct text {
	unsigned length;
	char bytes[8192];
};

static _Noreturn void leave(long status)
{
	for (;;)
		call(sys_exit_group, status, 0, 0, 0);
}

static void say(struct text *out, const char *text)
{
	while (*text && *text != '\n' && out->length < sizeof out->bytes - 1)
		out->bytes[out->length++] = *text++;
}

static void end_line(struct text *out)
{
	if (out->length < sizeof out->bytes)
		out->bytes[out->length++] = '\n';
}

static void say_line(struct text *out, const char *key, const char *value)
{
	say(out, key);
	say(out, value);
	end_line(out);
}

/* The first line of a file of /proc; nothing after the equals sign if it cannot be read. */
static void say_file(struct text *out, const char *key, const char *path)
{
	char bytes[4200];
	long length = 0;
	long file = call(sys_openat, here, (long)path, 0, 0);
	if (file >= 0)
		length = call(sys_read, file, (long)bytes, sizeof bytes - 1, 0);
	bytes[length < 0 ? 0 : length] = 0;
	say_line(out, key, bytes);
}

#if defined(__x86_64__)
__attribute__((force_align_arg_pointer)) /* the kernel's first frame is not one of a call */
#endif
_Noreturn void _start(void)
{
	struct text out;
	char names[6][65]; /* struct new_utsname: system, node, release, version, machine, domain */
	long got;

	/*
	 * As the first process of a container no signal has its default effect, and a handler would need the return path
	 * of each architecture. A blocked signal is kept for whoever waits for it, even in such a process.
	 */
	call(sys_sigprocmask, sig_block, (long)&every, 0, sigset_bytes);

	out.length = 0;
	names[2][0] = names[3][0] = names[4][0] = 0;
	call(sys_uname, (long)names, 0, 0, 0);
	say_line(&out, "kata-smoke=", "1");
	say_line(&out, "release=", names[2]);
	say_line(&out, "version=", names[3]);
	say_line(&out, "machine=", names[4]);
	say_file(&out, "boot_id=", "/proc/sys/kernel/random/boot_id");
	say_file(&out, "uptime=", "/proc/uptime");
	say_file(&out, "cmdline=", "/proc/cmdline");
	/* Its first line is `MemTotal:  NUMBER kB`. */
	say_file(&out, "memory=", "/proc/meminfo");
	say_line(&out, "end=", "1");

	for (unsigned done = 0; done < out.length; done += got) {
		got = call(sys_write, 1, (long)(out.bytes + done), out.length - done, 0);
		if (got == interrupted)
			got = 0;
		if (got < 0)
			leave(2);
	}
	do
		got = call(sys_sigtimedwait, (long)&endings, 0, (long)limit, sigset_bytes);
	while (got == interrupted);
	leave(got < 0);
}
