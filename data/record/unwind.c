/* The call stack: from frame to frame by rules, which are kept once they have been found. */
#include "data/record/unwind.h"

#include "data/record/cfi.h"
#include "data/record/modules.h"

#include <errno.h>
#include <link.h>
#include <signal.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

/*
 * Why not a library: libunwind is as quick from its cache (7 ns a frame), but fills it under
 * mutexes and the loader's lock, at which a child forked among threads would hang; libgcc takes no
 * lock and 100 ns a frame. Both trust what they read.
 */

struct frame {
    uintptr_t pc;
    uintptr_t registers[REGISTER_COUNT];
    bool is_exact; /* pc is where it runs, not where it will return to */
};

/* ---- the rules that are known ---- */

enum { RULE_BITS = 12 };

static struct {
    _Alignas(64) uintptr_t pc; /* 0: free; one cache line */
    struct frame_rule rule;
} rules[1 << RULE_BITS];

static bool has_new_module;

bool unwind_took_new_module(void)
{
    bool had = has_new_module;
    has_new_module = false;
    return had;
}

void unwind_forget(void)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (rules[i].pc != 0)
            rules[i].pc = 0; /* and no page is touched where there is nothing */
}

static const struct frame_rule *find_rule(uintptr_t pc)
{
    size_t at = pc * UINT64_C(0x9E3779B97F4A7C15) >> (64 - RULE_BITS);
    if (rules[at].pc == pc)
        return &rules[at].rule;
    struct module module;
    if (modules_find(pc, &module)) {
        has_new_module = modules_is_new(&module) || has_new_module;
        cfi_find_rule(pc, module.eh_frame_header, module.start, module.end, &rules[at].rule);
    } else {
        rules[at].rule = (struct frame_rule){ .kind = FRAME_UNKNOWN };
    }
    rules[at].pc = pc;
    return &rules[at].rule;
}

/* ---- reading the stack ---- */

enum { PAGE_BYTES = 4096, PAGES_AT_ONCE = 256 };

/* What of this thread's stack has been found to be there. A stack is not unmapped under its user.
 */
static _Thread_local struct {
    uintptr_t start, end;
} readable __attribute__((tls_model("initial-exec")));

/* The kernel reads the set before it looks at what to do with it, which is nonsense. */
static bool is_page_readable(uintptr_t page)
{
    enum { NO_SUCH_ACTION = -1, SET_BYTES = 8 };
    return syscall(SYS_rt_sigprocmask, NO_SUCH_ACTION, page, NULL, SET_BYTES) == 0 ||
           errno != EFAULT;
}

static bool is_known_readable(uintptr_t address)
{
    return address >= readable.start && address < readable.end;
}

/* Makes what is readable reach to the page of `address`, or start anew there. */
static bool extend_readable(uintptr_t address)
{
    uintptr_t page = address & ~(uintptr_t)(PAGE_BYTES - 1);
    uintptr_t reach = (uintptr_t)PAGES_AT_ONCE * PAGE_BYTES;
    if (page - readable.end < reach || readable.start - page < reach) {
        while (readable.end <= page && is_page_readable(readable.end))
            readable.end += PAGE_BYTES;
        while (readable.start > page && is_page_readable(readable.start - PAGE_BYTES))
            readable.start -= PAGE_BYTES;
        if (is_known_readable(address))
            return true;
    }
    readable.start = page; /* another stack, of a coroutine or a signal handler */
    readable.end = is_page_readable(page) ? page + PAGE_BYTES : page;
    return readable.end > page;
}

static bool read_word(uintptr_t address, uintptr_t *value)
{
    if (address % sizeof *value != 0)
        return false;
    if (!is_known_readable(address) && !extend_readable(address))
        return false;
    *value = *(const uintptr_t *)address;
    return true;
}

/* ---- from a frame to its caller ---- */

/* A chain of frame pointers goes up, and not far. */
static bool step_by_pointer(struct frame *frame)
{
    enum { FRAME_BYTES_MAX = 1 << 20 };
    uintptr_t pointer = frame->registers[SAVED_BP], next;
    if (pointer - frame->registers[REGISTER_SP] > FRAME_BYTES_MAX || !read_word(pointer, &next) ||
        !read_word(pointer + sizeof next, &frame->pc))
        return false;
    frame->registers[REGISTER_SP] = pointer + 2 * sizeof next;
    frame->registers[SAVED_BP] = next;
    frame->is_exact = false;
    return true;
}

/*
 * Nearly all frames: everything lies in one piece of the stack that is known to be readable. Which
 * registers are saved differs from frame to frame, so that branches on it would be guessed wrong:
 * each is loaded, from the stack or from where it is.
 */
static bool step_plainly(struct frame *frame, const struct frame_rule *rule)
{
    uintptr_t cfa = frame->registers[rule->cfa_register] + (uintptr_t)(intptr_t)rule->cfa_offset;
    uintptr_t lowest = cfa + (uintptr_t)(intptr_t)rule->lowest_offset;
    if (!rule->is_plain || cfa % sizeof cfa != 0 || cfa <= frame->registers[REGISTER_SP] ||
        lowest < readable.start || lowest >= cfa || cfa > readable.end)
        return false;
    for (unsigned r = 0; r < SAVED_COUNT; r++) {
        uintptr_t is_saved = -(uintptr_t)(rule->is_saved >> r & 1);
        uintptr_t from = (cfa + (uintptr_t)(intptr_t)rule->saved_offset[r]) & is_saved;
        from |= (uintptr_t)&frame->registers[r] & ~is_saved;
        frame->registers[r] = *(const uintptr_t *)from;
    }
    frame->pc = *(const uintptr_t *)(cfa + (uintptr_t)(intptr_t)rule->return_offset);
    frame->registers[REGISTER_SP] = cfa;
    frame->is_exact = false;
    return true;
}

static bool step_by_rule(struct frame *frame, const struct frame_rule *rule)
{
    uintptr_t cfa = frame->registers[rule->cfa_register] + (uintptr_t)(intptr_t)rule->cfa_offset;
    uintptr_t pointer = frame->registers[SAVED_BP];
    if (rule->cfa_is_stored && !read_word(cfa, &cfa))
        return false;
    if (cfa <= frame->registers[REGISTER_SP] ||
        !read_word(cfa + (uintptr_t)(intptr_t)rule->return_offset, &frame->pc))
        return false;
    for (unsigned r = 0; r < SAVED_COUNT; r++) {
        uintptr_t base = rule->is_at_bp >> r & 1 ? pointer : cfa;
        if (rule->is_saved >> r & 1 &&
            !read_word(base + (uintptr_t)(intptr_t)rule->saved_offset[r], &frame->registers[r]))
            return false;
    }
    frame->registers[REGISTER_SP] = cfa;
    frame->is_exact = false;
    return true;
}

/* A signal handler returns to code that finds a ucontext_t at its stack pointer. */
static bool step_by_context(struct frame *frame)
{
#if defined __x86_64__
    static const int numbers[] = { REG_RBX, REG_RBP, REG_R12, REG_R13, REG_R14, REG_R15, REG_RSP };
    uintptr_t general = frame->registers[REGISTER_SP] + offsetof(ucontext_t, uc_mcontext.gregs[0]);
    for (unsigned r = 0; r < REGISTER_COUNT; r++)
        if (!read_word(general + (uintptr_t)numbers[r] * sizeof(greg_t), &frame->registers[r]))
            return false;
    frame->is_exact = true;
    return read_word(general + REG_RIP * sizeof(greg_t), &frame->pc);
#else
    (void)frame;
    return false;
#endif
}

static bool step(struct frame *frame)
{
    const struct frame_rule *rule = find_rule(frame->is_exact ? frame->pc : frame->pc - 1);
    bool has_caller = false;
    if (rule->kind == FRAME_CALLED)
        has_caller = step_plainly(frame, rule) || step_by_rule(frame, rule);
    else if (rule->kind == FRAME_SIGNAL)
        has_caller = step_by_context(frame);
    else if (rule->kind == FRAME_UNKNOWN)
        has_caller = step_by_pointer(frame);
    return has_caller && frame->pc != 0;
}

/* ---- the stack ---- */

/* Where the caller of this is, inlined: its registers, all of one instruction. */
static inline __attribute__((always_inline)) void capture(struct frame *frame)
{
#if defined __x86_64__
    _Static_assert(offsetof(struct frame, registers) == 8 && REGISTER_SP == 6, "as stored below");
    __asm__ volatile("leaq 0(%%rip), %%rax\n\t"
                     "movq %%rax, 0(%0)\n\t"
                     "movq %%rbx, 8(%0)\n\t"
                     "movq %%rbp, 16(%0)\n\t"
                     "movq %%r12, 24(%0)\n\t"
                     "movq %%r13, 32(%0)\n\t"
                     "movq %%r14, 40(%0)\n\t"
                     "movq %%r15, 48(%0)\n\t"
                     "movq %%rsp, 56(%0)"
                     :
                     : "r"(frame)
                     : "rax", "memory");
#else
    frame->pc = (uintptr_t)&unwind_stack;
    frame->registers[SAVED_BP] = (uintptr_t)__builtin_frame_address(0);
    frame->registers[REGISTER_SP] = frame->registers[SAVED_BP];
#endif
    frame->is_exact = true;
}

/* The linker's names for the two ends of this library's code. */
static bool is_own(uintptr_t pc)
{
    extern const char __ehdr_start[] __attribute__((visibility("hidden")));
    extern const char etext[] __attribute__((visibility("hidden")));
    return pc >= (uintptr_t)__ehdr_start && pc < (uintptr_t)etext;
}

__attribute__((noinline)) size_t unwind_stack(uint64_t *frames, size_t limit)
{
    struct frame frame;
    int saved = errno;
    size_t count = 0;
    capture(&frame);
    while (count < limit && step(&frame))
        if (count > 0 || !is_own(frame.pc))
            frames[count++] = frame.pc + frame.is_exact;
    if (count > 0)
        frames[0]--;
    errno = saved;
    return count;
}

bool unwind_is_loader(uintptr_t address)
{
    static struct module loader;
    if (loader.end == 0 && !modules_find((uintptr_t)_r_debug.r_brk, &loader))
        return false;
    return address - loader.start < loader.end - loader.start;
}
