/* Reads JSON documents with jansson. */
#include "reports/json_reader.h"

#include <stdlib.h>
#include <string.h>

bool json_wrong(const char *path, struct error *err)
{
    return error_set(err, ERROR_NOT_A_TRACE, ERROR_NO_OFFSET,
                     "not a result of heapfrag: '%.100s' is missing or makes no sense", path);
}

/* A copy of a document in which digits that are too many for jansson stand in quotes. */
struct quoted {
    char *text;
    size_t size;
};

static bool is_digit(char letter)
{
    return letter >= '0' && letter <= '9';
}

/* Whether the digits are a whole number above INT64_MAX; `after` is what follows them. */
static bool is_too_large(const char *digits, size_t count, char after)
{
    static const char greatest[] = "9223372036854775807";
    const size_t most = sizeof greatest - 1;
    if (after == '.' || after == 'e' || after == 'E' || count < most)
        return false;
    return count > most || memcmp(digits, greatest, most) > 0;
}

/* How far the string that begins at `at` goes, with its quotes. */
static size_t string_length(const char *text, size_t at, size_t size)
{
    size_t end = at + 1;
    while (end < size && text[end] != '"')
        end += text[end] == '\\' ? 2 : 1;
    return (end < size ? end + 1 : size) - at;
}

static void copy_part(struct quoted *out, const char *part, size_t length)
{
    memcpy(out->text + out->size, part, length);
    out->size += length;
}

/* How many digits there are from `at` on. */
static size_t digits_length(const char *text, size_t at, size_t size)
{
    size_t end = at;
    while (end < size && is_digit(text[end]))
        end++;
    return end - at;
}

/* Whether the digits at `at` go on with a number, behind its sign, point or exponent. */
static bool is_part_of_number(const char *text, size_t at)
{
    char before = at > 0 ? text[at - 1] : 0;
    return before == '-' || before == '.' || before == '+' || before == 'e';
}

static bool quote(const char *text, size_t size, struct quoted *out)
{
    enum { LARGE_DIGITS = 19 }; /* so two quotes more for each so many bytes */
    size_t copied = 0;
    *out = (struct quoted){ .text = malloc(size + size / LARGE_DIGITS * 2 + 2) };
    if (!out->text)
        return false;
    for (size_t at = 0, length; at < size; at += length) {
        length = 1;
        if (text[at] == '"') {
            length = string_length(text, at, size);
        } else if (is_digit(text[at])) {
            length = digits_length(text, at, size);
            if (is_part_of_number(text, at) ||
                !is_too_large(text + at, length, at + length < size ? text[at + length] : 0))
                continue;
            copy_part(out, text + copied, at - copied);
            copy_part(out, "\"", 1);
            copy_part(out, text + at, length);
            copy_part(out, "\"", 1);
            copied = at + length;
        }
    }
    copy_part(out, text + copied, size - copied);
    return true;
}

/*
 * jansson does not say that memory ran out: it calls the document bad, or, where it could not make
 * room for another letter, goes on without that letter (strbuffer.c, lex_save; 2.14).
 */
static _Thread_local struct {
    size_t left; /* bytes that it may still ask for */
    bool has_run_out, is_too_much;
} memory;

static void *malloc_and_tell(size_t size)
{
    memory.is_too_much = memory.is_too_much || size > memory.left;
    if (memory.is_too_much)
        return NULL;
    memory.left -= size;
    void *given = malloc(size);
    memory.has_run_out = memory.has_run_out || !given;
    return given;
}

/* An empty list takes two letters and 100 bytes: whoever writes millions of them means no result.
 */
static size_t memory_for(size_t size)
{
    enum { BYTES_A_LETTER = 16, BYTES_AT_LEAST = 1 << 20 };
    return BYTES_AT_LEAST + size * BYTES_A_LETTER;
}

static json_t *load(const struct quoted *quoted, json_error_t *error)
{
    json_malloc_t before_malloc;
    json_free_t before_free;
    json_get_alloc_funcs(&before_malloc, &before_free);
    json_set_alloc_funcs(malloc_and_tell, free);
    memory.left = memory_for(quoted->size);
    memory.has_run_out = memory.is_too_much = false;
    json_t *root = json_loadb(quoted->text, quoted->size, JSON_REJECT_DUPLICATES, error);
    json_set_alloc_funcs(before_malloc, before_free);
    if (!memory.has_run_out && !memory.is_too_much)
        return root;
    json_decref(root);
    return NULL;
}

json_t *json_parse(const char *text, size_t size, struct error *err)
{
    struct quoted quoted;
    json_error_t error;
    if (!quote(text, size, &quoted)) {
        error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for %zu bytes of JSON", size);
        return NULL;
    }
    json_t *root = load(&quoted, &error);
    free(quoted.text);
    if (!root && memory.is_too_much)
        error_set(err, ERROR_LIMIT, ERROR_NO_OFFSET,
                  "reading it takes more than %zu MiB, which no result of heapfrag does",
                  memory_for(size) >> 20);
    else if (!root && memory.has_run_out)
        error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for %zu bytes of JSON", size);
    else if (!root)
        error_set(err, ERROR_NOT_A_TRACE, ERROR_NO_OFFSET, "not JSON: line %d, column %d: %.120s",
                  error.line, error.column, error.text);
    return root;
}

const json_t *json_at(const json_t *object, const char *path)
{
    enum { PART_MAX = 64 };
    char part[PART_MAX];
    while (object) {
        size_t length = strcspn(path, ".");
        if (length >= sizeof part)
            return NULL;
        memcpy(part, path, length);
        part[length] = '\0';
        object = json_object_get(object, part);
        if (path[length] == '\0')
            break;
        path += length + 1;
    }
    return object;
}

static bool is_large_u64(const char *digits, uint64_t *out)
{
    *out = 0;
    if (*digits == '\0')
        return false;
    for (; *digits; digits++)
        if (!is_digit(*digits) || __builtin_mul_overflow(*out, UINT64_C(10), out) ||
            __builtin_add_overflow(*out, (uint64_t)(*digits - '0'), out))
            return false;
    return true;
}

bool json_is_u64(const json_t *value, uint64_t *out)
{
    if (json_is_string(value))
        return is_large_u64(json_string_value(value), out);
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return false;
    *out = (uint64_t)json_integer_value(value);
    return true;
}

bool json_is_address(const json_t *value, uint64_t *out)
{
    enum { BASE = 16, DIGITS_MAX = 16 };
    const char *text = json_string_value(value);
    size_t digits = text && strncmp(text, "0x", 2) == 0 ? strspn(text + 2, "0123456789abcdef") : 0;
    if (digits == 0 || digits > DIGITS_MAX || text[2 + digits] != '\0')
        return false;
    *out = strtoull(text + 2, NULL, BASE);
    return true;
}

bool json_is_double(const json_t *value, double *out)
{
    if (json_is_string(value)) { /* digits that were too many */
        const char *digits = json_string_value(value);
        *out = strtod(digits, NULL); /* this program keeps to the C locale */
        return *digits && digits[strspn(digits, "0123456789")] == '\0';
    }
    *out = json_number_value(value);
    return json_is_number(value);
}

bool json_get_u64(const json_t *object, const char *path, uint64_t *out, struct error *err)
{
    return json_is_u64(json_at(object, path), out) || json_wrong(path, err);
}

bool json_get_u32(const json_t *object, const char *path, uint32_t *out, struct error *err)
{
    uint64_t value = 0;
    if (!json_is_u64(json_at(object, path), &value) || value > UINT32_MAX)
        return json_wrong(path, err);
    *out = (uint32_t)value;
    return true;
}

bool json_get_bool(const json_t *object, const char *path, bool *out, struct error *err)
{
    const json_t *value = json_at(object, path);
    *out = json_is_true(value);
    return json_is_boolean(value) || json_wrong(path, err);
}

bool json_get_string(const json_t *object, const char *path, const char **out, struct error *err)
{
    *out = json_string_value(json_at(object, path));
    return *out || json_wrong(path, err);
}

bool json_get_list(const json_t *object, const char *path, const json_t **out, struct error *err)
{
    *out = json_at(object, path);
    return json_is_array(*out) || json_wrong(path, err);
}
