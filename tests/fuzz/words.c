/* Fuzzes what is read from a command line: gates, times, sizes, counts, heaps. */
#include "tests/fuzz/target.h"

#include "reports/cli/gate_text.h"
#include "reports/cli/options.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* As a string of exactly its size, to be freed; it ends at the first NUL as an argument does. */
static char *word_of(const uint8_t *data, size_t size)
{
    char *word = malloc(size + 1);
    FUZZ_PROMISE(word);
    memcpy(word, data, size);
    word[size] = '\0';
    return word;
}

static void check_refusal(const struct error *err)
{
    FUZZ_PROMISE(err->code == ERROR_USAGE && err->message[0]);
}

void fuzz_gate(const uint8_t *data, size_t size)
{
    struct gate gate = { 0 };
    struct error err = { 0 };
    char *word = word_of(data, size);
    if (gate_read(word, &gate, &err)) {
        FUZZ_PROMISE(gate.metric && strcmp(gate.text, word) == 0);
        FUZZ_PROMISE(memchr(gate.process, 0, sizeof gate.process));
        FUZZ_PROMISE(isnan(gate.relative) || (isfinite(gate.relative) && gate.relative >= 0));
        FUZZ_PROMISE(isnan(gate.absolute) || (isfinite(gate.absolute) && gate.absolute >= 0));
        FUZZ_PROMISE(!isnan(gate.relative) || !isnan(gate.absolute));
        FUZZ_PROMISE(gate.scope != GATE_HEAP || gate.ordinal > 0);
    } else {
        check_refusal(&err);
    }
    free(word);
}

void fuzz_options(const uint8_t *data, size_t size)
{
    char *word = word_of(data, size);
    struct error err[5] = { 0 };
    uint64_t bytes = 0, ns;
    size_t count = 0;
    double fraction = 0;
    struct heap_choice heap = { 0 };
    if (parse_time(word, &ns, &err[0])) {
        /* The same number of nanoseconds, written plainly, is the same time. */
        char plain[32];
        uint64_t again;
        snprintf(plain, sizeof plain, "%lluns", (unsigned long long)ns);
        FUZZ_PROMISE(parse_time(plain, &again, &err[0]) && again == ns);
    } else {
        check_refusal(&err[0]);
    }
    if (parse_bytes(word, &bytes, &err[1]))
        FUZZ_PROMISE(bytes > 0);
    else
        check_refusal(&err[1]);
    if (parse_count(word, &count, &err[2]))
        FUZZ_PROMISE(count > 0);
    else
        check_refusal(&err[2]);
    if (parse_fraction(word, &fraction, &err[3]))
        FUZZ_PROMISE(fraction > 0 && fraction < 1);
    else
        check_refusal(&err[3]);
    if (parse_heap(word, &heap, &err[4]))
        FUZZ_PROMISE((heap.handle == 0) != (heap.ordinal == 0));
    else
        check_refusal(&err[4]);
    free(word);
}
