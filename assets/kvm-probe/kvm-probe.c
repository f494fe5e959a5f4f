/*
 * Proves KVM, instead of guessing from flags and nodes: opens the device, makes a VM and a virtual processor in it, and on
 * x86_64 runs a few guest instructions to their halt. It uses no C library, only system calls, and changes nothing.
 *
 *     kvm-probe [DEVICE]        default: /dev/kvm
 *
 * It says one line, the last step that it took and how that ended:
 *
 *     run ok                    x86_64: the guest ran to its halt and left behind what it had to work out
 *     create-vcpu ok            elsewhere: a VM and a virtual processor were made
 *     open ENOENT               a step failed with that error; one without a name here is told by number: errno-62
 *     api-version 11            the interface has another version than 12, which has been the only one since 2007
 *     run exit-8                the guest ended otherwise than by its halt; KVM_EXIT_* of linux/kvm.h
 *     run wrong                 the guest halted, but without having worked out what it had to
 *     run timeout               a step did not end within three seconds
 *
 * The steps: open, api-version, create-vm, memory, create-vcpu, registers, run.
 * Exit status: 0 when all went well, 1 when a step failed, 2 when nobody reads what it says.
 */

/* The numbers of arch/<name>/include/uapi/asm/unistd.h and syscall.tbl in Linux; they never change. */
#if defined(__x86_64__)
enum { sys_write = 1, sys_mmap = 9, sys_sigaction = 13, sys_ioctl = 16, sys_setitimer = 38, sys_exit_group = 231, sys_openat = 257 };
static long call6(long number, long a, long b, long c, long d, long e, long f)
{
	long result;
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}
#define call(number, a, b, c, d) call6(number, a, b, c, d, 0, 0)
/* The kernel starts a program with the number of its arguments, and then them, on the stack. */
__asm__(".globl _start\n_start:\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall start\n");
#elif defined(__aarch64__)
enum { sys_ioctl = 29, sys_openat = 56, sys_write = 64, sys_exit_group = 94, sys_setitimer = 103, sys_sigaction = 134 };
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
__asm__(".globl _start\n_start:\n\tmov x0, sp\n\tb start\n");
#elif defined(__s390x__)
enum { sys_write = 4, sys_ioctl = 54, sys_setitimer = 104, sys_sigaction = 174, sys_exit_group = 248, sys_openat = 288 };
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
/* A caller leaves 160 bytes for the registers of whom it calls. */
__asm__(".globl _start\n_start:\n\tlgr %r2, %r15\n\taghi %r15, -160\n\tjg start\n");
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
enum { sys_write = 4, sys_ioctl = 54, sys_setitimer = 104, sys_sigaction = 173, sys_exit_group = 234, sys_openat = 286 };
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
/* The kernel gives the address of _start in r12, from which r2 is made, as at the entry of every function. */
__asm__(".globl _start\n_start:\n\taddis 2, 12, .TOC.-_start@ha\n\taddi 2, 2, .TOC.-_start@l\n"
	"\tmr 3, 1\n\tli 0, 0\n\tstdu 0, -128(1)\n\tbl start\n\tnop\n");
#else
#error "Kata has no release for this architecture"
#endif

/* linux/fcntl.h, asm-generic/fcntl.h, linux/time.h, asm/signal.h: the same on all four. */
enum { here = -100 /* AT_FDCWD */, read_write = 2 /* O_RDWR */, real_timer = 0 /* ITIMER_REAL */, alarm_signal = 14 };
enum { interrupted = -4 /* -EINTR */, sigset_bytes = 8, with_restorer = 0x04000000 /* SA_RESTORER */ };

/* linux/kvm.h. POWER writes a request without data otherwise than the others (asm/ioctl.h). */
#if defined(__powerpc64__)
#define REQUEST(number) (0x2000AE00L | (number))
#else
#define REQUEST(number) (0xAE00L | (number))
#endif
enum { get_api_version = 0x00, create_vm = 0x01, check_extension = 0x03, create_vcpu = 0x41 };
enum { api_version = 12 };

static const long limit[4] = {0, 0, 3, 0}; /* struct itimerval: once, after three seconds */

/* The step that is at work: what is said of it if time runs out. */
static const char *volatile step;

struct line {
	unsigned length;
	char bytes[64];
};

static void say(struct line *line, const char *text)
{
	while (*text)
		line->bytes[line->length++] = *text++;
}

static void say_number(struct line *line, unsigned long number)
{
	if (number >= 10)
		say_number(line, number / 10);
	line->bytes[line->length++] = '0' + number % 10;
}

static _Noreturn void leave(long status)
{
	for (;;)
		call(sys_exit_group, status, 0, 0, 0);
}

static _Noreturn void end(struct line *line, long status)
{
	say(line, "\n");
	leave(call(sys_write, 1, (long)line->bytes, line->length, 0) == (long)line->length ? status : 2);
}

/* The last word: `STEP RESULT`, where a number that is not negative follows the result. */
static _Noreturn void finish(const char *result, long number, long status)
{
	struct line line;
	line.length = 0;
	say(&line, step);
	say(&line, " ");
	say(&line, result);
	if (number >= 0)
		say_number(&line, number);
	end(&line, status);
}

/* The errors that these steps are known to give; their numbers are the same on all four. */
static const char *error_name(long number)
{
	switch (number) {
	case 1: return "EPERM";
	case 2: return "ENOENT";
	case 5: return "EIO";
	case 6: return "ENXIO";
	case 7: return "E2BIG";
	case 11: return "EAGAIN";
	case 12: return "ENOMEM";
	case 13: return "EACCES";
	case 14: return "EFAULT";
	case 16: return "EBUSY";
	case 17: return "EEXIST";
	case 19: return "ENODEV";
	case 20: return "ENOTDIR";
	case 21: return "EISDIR";
	case 22: return "EINVAL";
	case 23: return "ENFILE";
	case 24: return "EMFILE";
	case 25: return "ENOTTY";
	case 28: return "ENOSPC";
	case 30: return "EROFS";
	case 38: return "ENOSYS";
	case 40: return "ELOOP";
	case 95: return "EOPNOTSUPP";
	default: return 0;
	}
}

/* The result of a system call, or the end of this program if it is an error. */
static long must(long result)
{
	const char *name;
	if (result >= 0)
		return result;
	name = error_name(-result);
	if (name)
		finish(name, -1, 1);
	finish("errno-", -result, 1);
}

static long request(long file, unsigned long number, long argument)
{
	return call(sys_ioctl, file, number, argument, 0);
}

/* A handler that never returns needs nothing of what a C library does for one. */
static void time_is_up(int signal)
{
	(void)signal;
	finish("timeout", -1, 1);
}

static void limit_time(void)
{
	/* struct sigaction of the kernel: handler, flags, restorer, mask. x86_64 refuses one without a restorer. */
	const unsigned long action[4] = {(unsigned long)time_is_up, with_restorer, (unsigned long)leave, 0};
	call(sys_sigaction, alarm_signal, (long)action, 0, sigset_bytes);
	call(sys_setitimer, real_timer, (long)limit, 0, 0);
}

/* Which kind of VM to ask for. 0 is the default everywhere, and for arm64 means addresses of 40 bits. */
static long vm_type(long kvm)
{
#if defined(__aarch64__)
	/* KVM_CAP_ARM_VM_IPA_SIZE. A processor with fewer bits refuses the default and has to be asked for its own. */
	long bits = request(kvm, REQUEST(check_extension), 165);
	return bits > 0 && bits < 40 ? bits : 0;
#else
	(void)kvm;
	return 0;
#endif
}

#if defined(__x86_64__)
enum { page = 4096, guest_page = 0x1000, input_at = 0x100, output_at = 0x102, input = 0x4b61, added = 0x2913 };
enum { read_write_memory = 3 /* PROT_READ | PROT_WRITE */, shared = 1, anonymous = 0x20 /* MAP_ */, halted = 5 /* KVM_EXIT_HLT */ };
enum { get_vcpu_mmap_size = 0xAE04, set_tss_address = 0xAE47, run = 0xAE80 };
#define SET_MEMORY 0x4020AE46UL
#define SET_REGISTERS 0x4090AE82UL
#define GET_SYSTEM_REGISTERS 0x8138AE83UL
#define SET_SYSTEM_REGISTERS 0x4138AE84UL

/* Real mode, 16 bits: takes the word at 0x1100, adds to it, leaves the sum at 0x1102, and halts. */
static const unsigned char guest[] = {
	0xa1, 0x00, 0x11, /* mov ax, [0x1100] */
	0x05, added & 0xff, added >> 8, /* add ax, added */
	0xa3, 0x02, 0x11, /* mov [0x1102], ax */
#if defined(GUEST_THAT_NEVER_HALTS) /* for the test of the time limit */
	0xeb, 0xfe, /* jmp $ */
#endif
	0xf4, /* hlt */
};

static long map(long file, unsigned long bytes, long flags)
{
	return must(call6(sys_mmap, 0, bytes, read_write_memory, flags, file, 0));
}

static volatile unsigned char *give_memory(long vm)
{
	struct {
		unsigned slot, flags;
		unsigned long guest_address, bytes, address;
	} region = {0, 0, guest_page, page, 0};
	volatile unsigned char *memory;
	step = "memory";
	memory = (volatile unsigned char *)map(-1, page, shared | anonymous);
	for (unsigned at = 0; at < sizeof guest; at++)
		memory[at] = guest[at];
	*(volatile unsigned short *)(memory + input_at) = input;
	region.address = (unsigned long)memory;
	/* Intel's processors without "unrestricted guest" keep three pages for real mode; where QEMU has them. */
	request(vm, set_tss_address, 0xfeffd000);
	must(request(vm, SET_MEMORY, (long)&region));
	return memory;
}

static void set_registers(long vcpu)
{
	unsigned long general[18] = {0}; /* struct kvm_regs: … rip and rflags are the last two */
	unsigned long system[39]; /* struct kvm_sregs: cs comes first, its base before its limit and selector */
	step = "registers";
	must(request(vcpu, GET_SYSTEM_REGISTERS, (long)system));
	system[0] = 0;
	((unsigned short *)system)[6] = 0;
	must(request(vcpu, SET_SYSTEM_REGISTERS, (long)system));
	general[16] = guest_page;
	general[17] = 2; /* the bit that is always set */
	must(request(vcpu, SET_REGISTERS, (long)general));
}

static void run_guest(long kvm, long vcpu, volatile unsigned char *memory)
{
	volatile unsigned *state; /* struct kvm_run: the exit's reason is its third word */
	long result;
	set_registers(vcpu);
	step = "run";
	state = (volatile unsigned *)map(vcpu, must(request(kvm, get_vcpu_mmap_size, 0)), shared);
	do
		result = request(vcpu, run, 0);
	while (result == interrupted);
	must(result);
	if (state[2] != halted)
		finish("exit-", state[2], 1);
	if (*(volatile unsigned short *)(memory + output_at) != input + added)
		finish("wrong", -1, 1);
}
#endif

__attribute__((used)) _Noreturn void start(long *stack)
{
	const char *device = stack[0] > 1 ? (const char *)stack[2] : "/dev/kvm";
	long kvm, vm, vcpu, version;

	step = "open";
	limit_time();
	kvm = must(call(sys_openat, here, (long)device, read_write, 0));
	step = "api-version";
	version = must(request(kvm, REQUEST(get_api_version), 0));
	if (version != api_version)
		finish("", version, 1);
	step = "create-vm";
	vm = must(request(kvm, REQUEST(create_vm), vm_type(kvm)));
#if defined(__x86_64__)
	volatile unsigned char *memory = give_memory(vm);
#endif
	step = "create-vcpu";
	vcpu = must(request(vm, REQUEST(create_vcpu), 0));
#if defined(__x86_64__)
	run_guest(kvm, vcpu, memory);
#else
	(void)vcpu;
#endif
	finish("ok", -1, 0);
}
