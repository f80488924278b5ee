/*
 * A program whose allocations are known: exercise LIST MODE. Each call between two marks is noted
 * and appended to the file LIST when the mode ends, one a line and the process id first, for
 * tests/test_record.c to compare with the trace.
 */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Sizes that nobody else asks for: they mark where the list begins and ends. */
enum { MARK_BEGIN = 7770001, MARK_END = 7770002 };

static char notes[1 << 20];
static size_t noted;
static const char *list_path;

/* Without stdio, whose own allocations would come between. */
static void note(const char *kind, const void *block, size_t size, const void *old, size_t old_size)
{
    int written = snprintf(notes + noted, sizeof notes - noted, "%d %s %lx %zu %lx %zu\n",
                           (int)getpid(), kind, (unsigned long)(uintptr_t)block, size,
                           (unsigned long)(uintptr_t)old, old_size);
    noted += (size_t)written;
}

static void write_notes(void)
{
    int fd = open(list_path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (fd < 0 || write(fd, notes, noted) != (ssize_t)noted)
        _exit(99);
    close(fd);
    noted = 0;
}

static void *noted_alloc(void *block, size_t size)
{
    note("alloc", block, size, NULL, 0);
    return block;
}

static void noted_free(void *block)
{
    free(block);
    note("free", block, 0, NULL, 0);
}

/* As Windows logs it: a move is three events. */
static uintptr_t note_realloc(void *block, size_t size, uintptr_t old, size_t old_size)
{
    if (block && (uintptr_t)block != old) {
        note("alloc", block, size, NULL, 0);
        note("free", (void *)old, 0, NULL, 0);
    }
    note("realloc", block, size, (void *)old, old_size);
    return (uintptr_t)block;
}

/* Of numbers, so that the compiler lets the old pointer be told. */
static uintptr_t noted_realloc(uintptr_t old, size_t size, size_t old_size)
{
    return note_realloc(realloc((void *)old, size), size, old, old_size);
}

static uintptr_t noted_reallocarray(uintptr_t old, size_t count, size_t size, size_t old_size)
{
    size_t bytes = count > SIZE_MAX / size ? SIZE_MAX : count * size;
    return note_realloc(reallocarray((void *)old, count, size), bytes, old, old_size);
}

static void mark(size_t size)
{
    free(malloc(size));
}

static void reallocs(void)
{
    const volatile size_t too_much = SIZE_MAX / 4;
    uintptr_t block = (uintptr_t)noted_alloc(malloc(100), 100);
    void *wall = noted_alloc(malloc(16), 16);
    block = noted_realloc(block, 50, 100);
    block = noted_realloc(block, 5000, 50);
    noted_realloc(block, too_much, 5000);
    block = noted_reallocarray(block, 100, 77, 5000);
    noted_reallocarray(block, too_much, 8, 7700);
    block = noted_realloc(block, 3, 7700);
    if (realloc((void *)block, 0))
        _exit(90);
    note("free", (void *)block, 0, NULL, 0);
    noted_free(wall);
}

static void family(void)
{
    const volatile size_t too_much = SIZE_MAX / 4;
    mark(MARK_BEGIN);
    reallocs();
    free(NULL);
    noted_free(noted_alloc(realloc(NULL, 33), 33));
    noted_free(noted_alloc(malloc(0), 0));
    noted_free(noted_alloc(calloc(7, 11), 77));
    noted_alloc(malloc(too_much), too_much);
    noted_alloc(calloc(too_much, 8), SIZE_MAX);
    noted_free(noted_alloc(memalign(64, 65), 65));
    noted_free(noted_alloc(aligned_alloc(128, 256), 256));
    void *out = NULL;
    if (posix_memalign(&out, 256, 10) != 0 || (uintptr_t)out % 256 != 0)
        _exit(98);
    noted_free(noted_alloc(out, 10));
    if (posix_memalign(&out, 3, 10) != EINVAL)
        _exit(97);
    noted_alloc(NULL, 10);
    noted_free(noted_alloc(valloc(11), 11));
    noted_free(noted_alloc(pvalloc(12), 12));
    noted_free(noted_alloc(strdup("seven.."), 8));
    noted_free(noted_alloc(malloc(1 << 20), 1 << 20));
    mark(MARK_END);
    write_notes();
}

static void wait_for(pid_t child)
{
    int status;
    if (waitpid(child, &status, 0) != child || status != 0)
        _exit(96);
}

/* The child knows what was asked for before it was forked, and the parent goes on undisturbed. */
static void fork_child(void)
{
    char *inherited = malloc(4000);
    char *before = malloc(40);
    mark(MARK_BEGIN);
    pid_t child = fork();
    if (child == 0) {
        mark(MARK_BEGIN);
        uintptr_t moved = noted_realloc((uintptr_t)inherited, 400000, 4000);
        noted_free(before);
        noted_free((void *)moved);
        noted_free(noted_alloc(malloc(123), 123));
        mark(MARK_END);
        write_notes();
        exit(0);
    }
    noted_free(noted_alloc(malloc(321), 321));
    wait_for(child);
    noted_free(before);
    noted_free(inherited);
    mark(MARK_END);
    write_notes();
}

static void run_self(const char *mode)
{
    execl("/proc/self/exe", "exercise", list_path, mode, (char *)NULL);
    _exit(95);
}

static void vfork_child(void)
{
    extern char **environ;
    char *arguments[] = { "exercise", (char *)(uintptr_t)list_path, "family", NULL };
    mark(MARK_BEGIN);
    noted_free(noted_alloc(malloc(11), 11));
    pid_t child = vfork();
    if (child == 0) {
        execl("/proc/self/exe", "exercise", list_path, "family", (char *)NULL);
        _exit(95);
    }
    wait_for(child);
    if (posix_spawn(&child, "/proc/self/exe", NULL, NULL, arguments, environ) != 0)
        _exit(94);
    wait_for(child);
    noted_free(noted_alloc(malloc(22), 22));
    mark(MARK_END);
    write_notes();
}

static void at_exit(void)
{
    mark(MARK_BEGIN);
    noted_free(noted_alloc(malloc(44), 44));
    mark(MARK_END);
    write_notes();
}

static void in_thread_exit(void *block)
{
    noted_free(block);
    noted_free(noted_alloc(malloc(55), 55));
    mark(MARK_END);
    write_notes();
}

static pthread_key_t key;

static void *thread_with_key(void *unused)
{
    mark(MARK_BEGIN);
    pthread_setspecific(key, noted_alloc(malloc(56), 56));
    return unused;
}

static void thread_exit(void)
{
    pthread_t thread;
    pthread_key_create(&key, in_thread_exit);
    pthread_create(&thread, NULL, thread_with_key, NULL);
    pthread_join(thread, NULL);
}

static void many(size_t count)
{
    static void *blocks[64];
    static size_t sizes[64];
    for (size_t i = 0; i < count; i++) {
        size_t at = i * 7 % 64;
        free(blocks[at]);
        sizes[at] = 1 + i * 37 % 3000;
        blocks[at] = malloc(sizes[at]);
    }
    for (size_t at = 0; at < 64; at++)
        free(blocks[at]);
    memset(blocks, 0, sizeof blocks);
}

/* Descriptors of the recorder would be closed here, and its file not be found from elsewhere. */
static void closed(void)
{
    for (int fd = 3; fd < 1000; fd++)
        close(fd);
    if (chdir("/") != 0)
        _exit(93);
    many(20000);
    mark(MARK_BEGIN);
    noted_free(noted_alloc(malloc(66), 66));
    mark(MARK_END);
    write_notes();
}

static void killed(void)
{
    many(5000);
    mark(MARK_BEGIN);
    noted_alloc(malloc(88), 88);
    mark(MARK_END);
    write_notes();
    raise(SIGKILL);
}

/* The file may not grow as far as the events would need; the program must not notice. */
static void limited(void)
{
    struct rlimit limit = { .rlim_cur = 3 << 16, .rlim_max = RLIM_INFINITY };
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
        _exit(89);
    many(20000);
}

/* ---- threads that free what others allocated ---- */

enum { THREADS = 8, ROUNDS = 40000, SHELVES = 64 };

static _Atomic(void *) shelves[SHELVES];

static void *hammer(void *seed)
{
    uint32_t state = (uint32_t)(uintptr_t)seed * 2654435761U + 1;
    for (int i = 0; i < ROUNDS; i++) {
        state = state * 1664525U + 1013904223U;
        size_t size = 1100 + (state >> 8) % 500;
        void *block = atomic_exchange(&shelves[(state >> 20) % SHELVES], NULL);
        if (!block)
            block = malloc(size);
        else if (state >> 31)
            block = realloc(block, size);
        free(atomic_exchange(&shelves[state % SHELVES], block));
    }
    return NULL;
}

/* One arena, and sizes that no thread keeps for itself: an address goes to another thread at once.
 */
static void start_hammers(pthread_t *threads)
{
    mallopt(M_ARENA_MAX, 1);
    for (uintptr_t i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, hammer, (void *)(i + 1));
}

static void hammer_threads(void)
{
    pthread_t threads[THREADS];
    start_hammers(threads);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < SHELVES; i++)
        free(atomic_load(&shelves[i]));
}

static void fork_among_threads(void)
{
    enum { CHILDREN = 40 };
    pthread_t threads[THREADS];
    start_hammers(threads);
    for (int i = 0; i < CHILDREN; i++) {
        pid_t child = fork();
        if (child == 0) {
            many(100);
            _exit(0);
        }
        wait_for(child);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 92;
    list_path = argv[1];
    const char *mode = argv[2];
    if (strcmp(mode, "family") == 0)
        family();
    else if (strcmp(mode, "fork") == 0)
        fork_child();
    else if (strcmp(mode, "exec") == 0)
        run_self("family");
    else if (strcmp(mode, "vfork") == 0)
        vfork_child();
    else if (strcmp(mode, "atexit") == 0)
        return atexit(at_exit);
    else if (strcmp(mode, "thread-exit") == 0)
        thread_exit();
    else if (strcmp(mode, "closed") == 0)
        closed();
    else if (strcmp(mode, "killed") == 0)
        killed();
    else if (strcmp(mode, "limited") == 0)
        limited();
    else if (strcmp(mode, "hammer") == 0)
        hammer_threads();
    else if (strcmp(mode, "fork-among-threads") == 0)
        fork_among_threads();
    else
        return 91;
    return 0;
}
