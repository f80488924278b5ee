/*
 * The entry points that fuzzers drive and that every run of the suite replays.
 *
 * A target takes any bytes. It aborts, as a sanitizer would, when the code under it breaks a
 * promise of its header; everything else about the bytes is fine.
 */
#ifndef TESTS_FUZZ_TARGET_H
#define TESTS_FUZZ_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* name: of the function fuzz_NAME, the program fuzz_NAME, its seeds and its regressions */
#define FUZZ_TARGET_LIST(X)                                                                        \
    X(pipeline)                                                                                    \
    X(heaps)                                                                                       \
    X(buffers)                                                                                     \
    X(event_header)                                                                                \
    X(heap_event)                                                                                  \
    X(process_event)                                                                               \
    X(stack_event)                                                                                 \
    X(image_event)                                                                                 \
    X(compression)                                                                                 \
    X(utf)                                                                                         \
    X(saved)                                                                                       \
    X(gate)                                                                                        \
    X(options)                                                                                     \
    X(archive)                                                                                     \
    X(names)

#define X(name) void fuzz_##name(const uint8_t *data, size_t size);
FUZZ_TARGET_LIST(X)
#undef X

struct fuzz_target {
    const char *name;
    void (*run)(const uint8_t *data, size_t size);
};

extern const struct fuzz_target fuzz_targets[];
extern const size_t fuzz_target_count;

/* Like assert, but in every build: ends the program with the broken promise on standard error. */
#define FUZZ_PROMISE(holds)                                                                        \
    do {                                                                                           \
        if (!(holds))                                                                              \
            fuzz_broken(#holds, __FILE__, __LINE__);                                               \
    } while (0)
_Noreturn void fuzz_broken(const char *promise, const char *file, int line);

/*
 * All that the program does with a trace, but for charts: indexes, decodes, counts by provider,
 * analyses, and writes it as text, JSON or CSV to memory: 6 of 16 inputs have such a report, which
 * takes ten times as long as all before it.
 */
void fuzz_trace(const uint8_t *data, size_t size);

/* Of the inputs that have a report only one in so many gets it: 1 where inputs are few. */
extern uint32_t fuzz_report_share;

/* The seeds of a target, each good until `take` returns. They are the same on every machine. */
void fuzz_seeds(const char *target,
                void (*take)(void *context, const char *name, const uint8_t *data, size_t size),
                void *context);

/*
 * Changes a trace of `size` bytes in place, in room for `size_max`, into one whose sizes still
 * agree, mostly; returns its new size. `mutate` changes bytes as a fuzzer does without knowing
 * what they mean (LLVMFuzzerMutate).
 */
size_t fuzz_mutate_trace(uint8_t *data, size_t size, size_t size_max, uint64_t seed,
                         size_t (*mutate)(uint8_t *data, size_t size, size_t size_max));

/* The same for JSON, which may be no JSON: what was an object or a list mostly stays one. */
size_t fuzz_mutate_json(uint8_t *data, size_t size, size_t size_max, uint64_t seed,
                        size_t (*mutate)(uint8_t *data, size_t size, size_t size_max));

/* Takes out of JSON without space whatever it stays fine without. Returns its new size. */
size_t fuzz_shrink_json(uint8_t *data, size_t size, bool (*is_fine)(const uint8_t *, size_t));

#endif
