/* The recorder's own code with many threads, as a part of this program: for ThreadSanitizer, which
 * cannot be in a program whose allocator is preloaded. */
#include "data/record/recorder.h"
#include "data/record/recording.h"
#include "tests/recorded_trace.h"
#include "tests/temporary_folder.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { THREADS = 8, ROUNDS = 4000, KEPT = 16, FRAMES = 8 };

/* As data/record/preload.c does it. */
static void *recorded_malloc(size_t size)
{
    if (!recorder_enter())
        return malloc(size);
    void *block = malloc(size);
    recorder_log_alloc(block, size);
    recorder_leave();
    return block;
}

static void recorded_free(void *block)
{
    if (!recorder_enter()) {
        free(block);
        return;
    }
    free(block);
    recorder_log_free(block, NULL);
    recorder_leave();
}

static void *recorded_realloc(void *old, size_t size)
{
    if (!recorder_enter())
        return realloc(old, size);
    size_t old_size = recorder_take_size(old, 0);
    void *block = realloc(old, size);
    recorder_log_realloc(block, size, old, old_size);
    recorder_leave();
    return block;
}

/* Blocks of all threads, each handed on from one to another. */
static struct {
    pthread_mutex_t lock;
    void *blocks[KEPT];
} shared = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void *hand_on(void *block, size_t place)
{
    pthread_mutex_lock(&shared.lock);
    void *before = shared.blocks[place];
    shared.blocks[place] = block;
    pthread_mutex_unlock(&shared.lock);
    return before;
}

static void *work(void *argument)
{
    size_t number = (size_t)(uintptr_t)argument;
    for (size_t i = 0; i < ROUNDS; i++) {
        void *block = recorded_malloc(16 + (i * 7 + number) % 100);
        block = recorded_realloc(block, 100 + i % 300);
        void *other = hand_on(block, (i + number) % KEPT);
        if (other)
            recorded_free(other);
    }
    return NULL;
}

static void run_threads(void)
{
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, (void *)(uintptr_t)i), 0);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (size_t i = 0; i < KEPT; i++)
        if (shared.blocks[i])
            recorded_free(shared.blocks[i]);
}

static void threads_share_a_recorder_and_lose_nothing(void **state)
{
    char recording[512], path[512];
    char *folder = temporary_folder_new();
    struct error err = { 0 };
    struct recording_facts facts;
    (void)state;
    snprintf(recording, sizeof recording, "%s/t.etl.recording", folder);
    snprintf(path, sizeof path, "%s/t.etl", folder);
    assert_true(recording_create(recording, path, FRAMES, &err));
    assert_int_equal(setenv(RECORDING_VARIABLE, recording, 1), 0);
    recorded_free(recorded_malloc(1)); /* the start of the process, before there are threads */
    run_threads();
    assert_true(recorder_enter());
    recorder_note_exit();
    recorder_leave();
    const struct command_end end = { .process = getpid(), .time_ns = recording_clock_ns() };
    assert_true(recording_assemble(recording, path, &end, &facts, &err));
    assert_int_equal(facts.events_lost, 0);
    assert_int_equal(facts.processes, 1);

    struct recorded_trace trace = recorded_trace_read(path);
    assert_recorded_undamaged(&trace);
    assert_int_equal(recorded_trace_replay(&trace), 0);
    assert_int_equal(recorded_trace_count(&trace, EVENT_realloc), THREADS * ROUNDS);
    assert_int_equal(recorded_trace_count(&trace, EVENT_alloc),
                     recorded_trace_count(&trace, EVENT_free));
    recorded_trace_close(&trace);
    temporary_folder_free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_share_a_recorder_and_lose_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
