/*
 * A program whose call stacks are known: exercise_stacks LIST MODE. Of each call that allocates
 * it writes a line to the file LIST, for tests/test_record_stacks.c to compare with the trace:
 *
 *     PROCESS SIZE DEPTH NAME:ADDRESS:BYTES ...
 *
 * SIZE is that of one allocation only; the functions, each with where it lies, called it in this
 * order, the innermost first, perhaps with others between; DEPTH is how many frames there are, 0
 * if that is not known.
 */
#include "data/record/exercise_stacks.h"

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static FILE *list;
static volatile size_t touched; /* makes what is called more than a jump */

/* ---- the list ---- */

static void *plugin; /* the one that is loaded */

static void put_function(const char *name)
{
    Dl_info info;
    const ElfW(Sym) *symbol = NULL;
    void *function = dlsym(RTLD_DEFAULT, name);
    if (!function && plugin)
        function = dlsym(plugin, name);
    if (!function || !dladdr1(function, &info, (void **)&symbol, RTLD_DL_SYMENT) || !symbol)
        _exit(90);
    fprintf(list, " %s:%lx:%lu", name, (unsigned long)(uintptr_t)function,
            (unsigned long)symbol->st_size);
}

/* The functions have spaces between them, the innermost is the first. */
static void expect(size_t size, int depth, const char *functions)
{
    char names[256];
    snprintf(names, sizeof names, "%s", functions);
    fprintf(list, "%d %zu %d", (int)getpid(), size, depth);
    for (char *name = strtok(names, " "); name; name = strtok(NULL, " "))
        put_function(name);
    fputc('\n', list);
    fflush(list);
}

static void wait_for(pid_t child)
{
    int status;
    if (waitpid(child, &status, 0) != child || status != 0)
        _exit(91);
}

/* ---- plain calls ---- */

PLANTED void innermost(size_t size)
{
    void *block = NULL;
    if (posix_memalign(&block, 64, size + 4) != 0)
        _exit(92);
    free(block);
    block = realloc(malloc(size), size + 1);
    free(block);
    free(calloc(1, size + 2));
    free(aligned_alloc(64, size + 3));
    touched++;
}

/* So big a frame that the next page must be asked for, and aligned, so that it needs rbp. */
PLANTED void in_the_middle(size_t size)
{
    _Alignas(64) volatile char room[10000];
    room[size % sizeof room] = 1;
    innermost(size);
    touched += (size_t)room[size % sizeof room];
}

/* The size of its frame is not known before it runs. */
PLANTED void outermost(size_t size)
{
    volatile char *room = __builtin_alloca(size % 1000 + 100);
    room[0] = 1;
    in_the_middle(size);
    touched += (size_t)room[0];
}

static void calls(void)
{
    enum { SIZE = 771000 };
    for (size_t i = 0; i < 5; i++)
        expect(SIZE + i, 0, "innermost in_the_middle outermost main");
    outermost(SIZE);
}

PLANTED void recurse(size_t size, unsigned depth)
{
    if (depth == 0)
        innermost(size);
    else
        recurse(size, depth - 1);
    touched++;
}

static void recursion(void)
{
    enum { SIZE = 772000 };
    expect(SIZE, FRAMES_DEFAULT, "innermost recurse recurse");
    recurse(SIZE, 5000);
}

static void by_child(void)
{
    enum { SIZE = 773000 };
    pid_t child = fork();
    if (child == 0) {
        expect(SIZE, 0, "innermost outermost main");
        outermost(SIZE);
        exit(0);
    }
    wait_for(child);
}

/* ---- threads ---- */

enum { THREADS = 4, ROUNDS = 3000, THREAD_SIZE = 774000 };

PLANTED void *in_thread(void *number)
{
    size_t size = THREAD_SIZE + 10 * (size_t)(uintptr_t)number;
    for (int i = 0; i < ROUNDS; i++)
        outermost(size + 100);
    outermost(size);
    touched++;
    return NULL;
}

static void threads(void)
{
    pthread_t all[THREADS];
    for (uintptr_t i = 0; i < THREADS; i++) {
        expect(THREAD_SIZE + 10 * i, 0, "innermost outermost in_thread");
        pthread_create(&all[i], NULL, in_thread, (void *)i);
    }
    for (int i = 0; i < 40; i++) {
        pid_t child = fork();
        if (child == 0) {
            outermost(THREAD_SIZE + 200);
            _exit(0);
        }
        wait_for(child);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(all[i], NULL);
}

/* ---- signals ---- */

enum { SIGNAL_SIZE = 775000, ELSEWHERE_SIZE = 775100 };

PLANTED void handle(int number)
{
    outermost(number == SIGUSR1 ? SIGNAL_SIZE : ELSEWHERE_SIZE);
    touched++;
}

PLANTED void interrupted(void)
{
    raise(SIGUSR1);
    raise(SIGUSR2);
    touched++;
}

static void signals(void)
{
    struct sigaction action = { .sa_handler = handle };
    stack_t elsewhere = { .ss_size = 1 << 16, .ss_sp = malloc(1 << 16) };
    sigaction(SIGUSR1, &action, NULL);
    sigaltstack(&elsewhere, NULL);
    action.sa_flags = SA_ONSTACK;
    sigaction(SIGUSR2, &action, NULL);
    expect(SIGNAL_SIZE, 0, "innermost outermost handle interrupted main");
    expect(ELSEWHERE_SIZE, 0, "innermost outermost handle interrupted main");
    interrupted();
}

/* ---- plugins ---- */

/* `path` is the program's, with `name` for its last part. */
static void run_plugin(const char *name, size_t size)
{
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0)
        _exit(93);
    path[length] = '\0';
    char *last = strrchr(path, '/') + 1;
    snprintf(last, sizeof path - (size_t)(last - path), "%s", name);
    plugin = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    void *function = plugin ? dlsym(plugin, "plugin_entry") : NULL;
    void (*entry)(void (*)(size_t), size_t);
    if (!function)
        _exit(94);
    memcpy(&entry, &function, sizeof entry);
    expect(size, 0, "innermost plugin_entry main");
    entry(innermost, size);
    if (dlclose(plugin) != 0)
        _exit(95);
}

/* The second comes to lie where the first was. */
static void plugins(void)
{
    enum { SIZE = 776000 };
    run_plugin("libstack_plugin_one.so", SIZE);
    run_plugin("libstack_plugin_two.so", SIZE + 100);
    run_plugin("libstack_plugin_one.so", SIZE + 200);
}

/* ---- something that is wrong with the stack ---- */

#if defined __x86_64__
/* Not in C, for the compiler would add call frame information. */
__asm__(".text\n"
        ".globl call_with_frame_pointer\n"
        ".type call_with_frame_pointer, @function\n"
        "call_with_frame_pointer:\n"
        "    push %rbp\n"
        "    mov %rdx, %rbp\n"
        "    mov %rdi, %rax\n"
        "    mov %rsi, %rdi\n"
        "    call *%rax\n"
        "    pop %rbp\n"
        "    ret\n"
        ".size call_with_frame_pointer, . - call_with_frame_pointer\n");
#else
PLANTED void call_with_frame_pointer(void (*function)(size_t), size_t size, uintptr_t pointer)
{
    touched += pointer;
    function(size);
    touched++;
}
#endif

/* Frame pointers that lead nowhere, as code without call frame information would leave them. */
PLANTED void damaged(size_t size)
{
    static const uintptr_t nonsense[] = { 0, 8, 1, UINTPTR_MAX - 7, (uintptr_t)1 << 63 };
    for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++)
        call_with_frame_pointer(innermost, size, nonsense[i]);
    char *end = mmap(NULL, 1 << 13, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (end == MAP_FAILED || mprotect(end + (1 << 12), 1 << 12, PROT_NONE) != 0)
        _exit(96);
    call_with_frame_pointer(innermost, size, (uintptr_t)end + (1 << 12) - 8);
    call_with_frame_pointer(innermost, size, (uintptr_t)__builtin_frame_address(0) + 8);
    touched++;
}

static void damage(void)
{
    enum { SIZE = 777000 };
    expect(SIZE, 0, "innermost call_with_frame_pointer");
    damaged(SIZE);
}

/* ---- what a report must find ---- */

/* A text that grows by a word at a time; a copy of each version is kept, behind the text. */
PLANTED void grow_by_small_steps(size_t steps)
{
    enum { FIRST = 20000, STEP = 16 };
    char *text = NULL;
    for (size_t i = 0; i < steps; i++) {
        char *grown = realloc(text, FIRST + i * STEP);
        if (!grown)
            _exit(97);
        text = grown;
        if (!malloc(FIRST + i * STEP))
            _exit(97);
    }
}

/* Many blocks of a page, and behind each a small one that is kept when they go. */
PLANTED void pin_pages(size_t count)
{
    enum { PAGES_MAX = 4000, PAGE = 4000, KEPT = 40 };
    static void *pages[PAGES_MAX];
    for (size_t i = 0; i < count; i++) {
        pages[i] = malloc(PAGE);
        if (!malloc(KEPT))
            _exit(98);
    }
    for (size_t i = 0; i < count; i++)
        free(pages[i]);
}

PLANTED void tell(size_t pages, size_t steps)
{
    pin_pages(pages); /* the other leaves holes that the small blocks would lie in */
    grow_by_small_steps(steps);
    touched++;
}

static void story(void)
{
    tell(3000, 200);
}

static void short_story(void)
{
    tell(200, 60);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } modes[] = {
        { "calls", calls },     { "recursion", recursion }, { "fork", by_child },
        { "threads", threads }, { "signals", signals },     { "plugins", plugins },
        { "damage", damage },   { "story", story },         { "short-story", short_story },
    };
    if (argc != 3)
        return 92;
    list = fopen(argv[1], "ae");
    for (size_t i = 0; list && i < sizeof modes / sizeof *modes; i++)
        if (strcmp(argv[2], modes[i].name) == 0) {
            modes[i].run();
            return fclose(list) == 0 ? 0 : 99;
        }
    return 89;
}
