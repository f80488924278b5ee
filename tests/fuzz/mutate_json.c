/* Changes JSON without breaking it, mostly: values change, go, come twice, or change places. */
#include "tests/fuzz/target.h"
#include "tests/trace_random.h"

#include <string.h>

struct document {
    uint8_t *text;
    size_t size, room;
    struct random random;
};

/* A value: a part of the document. */
struct value {
    size_t at, size;
};

static size_t skip_string(const struct document *document, size_t at)
{
    for (at++; at < document->size && document->text[at] != '"'; at++)
        at += document->text[at] == '\\';
    return at < document->size ? at + 1 : document->size;
}

/* Behind the value that begins at `at`. */
static size_t skip_value(const struct document *document, size_t at)
{
    size_t depth = 0;
    while (at < document->size) {
        uint8_t letter = document->text[at];
        if (letter == '"') {
            at = skip_string(document, at);
        } else {
            bool is_end = letter == '}' || letter == ']';
            if (depth == 0 && (is_end || letter == ','))
                return at;
            depth += letter == '{' || letter == '[';
            depth -= is_end;
            at++;
        }
        if (depth == 0 && at < document->size && strchr(",]}", document->text[at]))
            return at;
    }
    return document->size;
}

/* The first value behind `at`. False: there is none. */
static bool find_value(const struct document *document, size_t at, struct value *out)
{
    while (at < document->size && !strchr(":[,", document->text[at]))
        at++;
    if (at + 1 >= document->size)
        return false;
    at++;
    *out = (struct value){ at, skip_value(document, at) - at };
    return true;
}

/* The first value behind a random place. False: there is none. */
static bool pick_value(struct document *document, struct value *out)
{
    if (document->size == 0)
        return false;
    size_t at = random_below(&document->random, (uint32_t)document->size);
    return find_value(document, at, out);
}

/* False: there is no room. */
static bool replace(struct document *document, struct value value, const void *with, size_t size)
{
    uint8_t *text = document->text + value.at;
    if (size > value.size && size - value.size > document->room - document->size)
        return false;
    memmove(text + size, text + value.size, document->size - value.at - value.size);
    memcpy(text, with, size);
    document->size = document->size - value.size + size;
    return true;
}

static void change_value(struct document *document, struct value value)
{
    static const char *const values[] = {
        "0",
        "1",
        "-1",
        "2147483648",
        "4294967296",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "1e308",
        "1e999",
        "0.5",
        "-0.0",
        "5e-324",
        "null",
        "true",
        "false",
        "\"\"",
        "\"x\"",
        "[]",
        "{}",
        "[0]",
    };
    uint32_t which = random_below(&document->random, (uint32_t)(sizeof values / sizeof values[0]));
    replace(document, value, values[which], strlen(values[which]));
}

/* The name in front of a value of an object, and a comma, go with it. */
static struct value with_name(const struct document *document, struct value value)
{
    size_t start = value.at;
    if (start > 1 && document->text[start - 1] == ':') {
        for (start -= 2; start > 0 && document->text[start - 1] != '"'; start--)
            continue;
        start -= start > 0;
    }
    size_t end = value.at + value.size;
    if (end < document->size && document->text[end] == ',')
        end++;
    else if (start > 0 && document->text[start - 1] == ',')
        start--;
    return (struct value){ start, end - start };
}

size_t fuzz_shrink_json(uint8_t *data, size_t size, bool (*is_fine)(const uint8_t *, size_t))
{
    enum { SHRINK_MAX = 1 << 16 };
    static uint8_t before[SHRINK_MAX];
    struct document document = { data, size, size, { 0 } };
    struct value value = { 0 };
    size_t at = 0;
    while (size <= sizeof before && find_value(&document, at, &value)) {
        struct value whole = with_name(&document, value);
        size_t size_before = document.size;
        memcpy(before, data, document.size);
        replace(&document, whole, "", 0);
        if (whole.size > 0 && is_fine(data, document.size)) {
            at = whole.at > 0 ? whole.at - 1 : 0;
        } else {
            memcpy(data, before, size_before);
            document.size = size_before;
            at = value.at;
        }
    }
    return document.size;
}

/* Another value in its place, or the value once more. */
static void copy_value(struct document *document, struct value value, bool is_twice)
{
    enum { COPY_MAX = 4096 };
    uint8_t copy[COPY_MAX];
    struct value other = value;
    if (!is_twice && !pick_value(document, &other))
        return;
    if (other.size + 1 > sizeof copy)
        return;
    memcpy(copy, document->text + other.at, other.size);
    copy[other.size] = ',';
    if (is_twice)
        value.size = 0;
    replace(document, value, copy, other.size + is_twice);
}

size_t fuzz_mutate_json(uint8_t *data, size_t size, size_t size_max, uint64_t seed,
                        size_t (*mutate)(uint8_t *data, size_t size, size_t size_max))
{
    struct document document = { data, size, size_max, random_new(seed) };
    struct value value;
    uint32_t way = random_below(&document.random, 8);
    if (way < 3 || !pick_value(&document, &value))
        return mutate(data, size, size_max);
    if (way < 5)
        change_value(&document, value);
    else if (way == 5)
        replace(&document, with_name(&document, value), "", 0);
    else
        copy_value(&document, value, way == 6);
    return document.size;
}
