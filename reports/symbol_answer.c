/* What llvm-symbolizer answers about one address. */
#include "reports/symbol_answer.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void symbol_answer_release(struct symbol_answer *answer)
{
    for (size_t i = 0; i < answer->count; i++) {
        free(answer->names[i].function);
        free(answer->names[i].file);
    }
    free(answer->names);
    *answer = (struct symbol_answer){ 0 };
}

/* A copy of at most `most` bytes, cut between letters. */
static char *copy_of(const char *text, size_t most)
{
    static const char ellipsis[] = "\u2026";
    size_t length = strlen(text);
    bool is_cut = length > most;
    if (is_cut)
        length = most - (sizeof ellipsis - 1);
    while (is_cut && length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80)
        length--; /* inside a letter of several bytes */
    char *copy = malloc(length + sizeof ellipsis);
    if (copy)
        snprintf(copy, length + sizeof ellipsis, "%.*s%s", (int)length, text,
                 is_cut ? ellipsis : "");
    return copy;
}

static const char *text_at(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* False: no memory. */
static bool add_name(const json_t *symbol, bool needs_line, struct symbol_answer *out)
{
    const char *function = text_at(symbol, "FunctionName"), *file = text_at(symbol, "FileName");
    bool has_file = *file && strcmp(file, "??") != 0;
    json_int_t line = json_integer_value(json_object_get(symbol, "Line"));
    if (!*function || strcmp(function, "??") == 0 || (needs_line && !has_file))
        return true;
    struct frame_name *name = &out->names[out->count++];
    *name = (struct frame_name){ .function = copy_of(function, FUNCTION_NAME_MAX) };
    if (has_file) {
        name->file = copy_of(file, SOURCE_PATH_MAX);
        name->line = line > 0 && line <= UINT32_MAX ? (uint32_t)line : 0;
    }
    return name->function && (!has_file || name->file);
}

static enum symbol_answer_state read_names(const json_t *symbols, bool needs_line,
                                           struct symbol_answer *out)
{
    size_t count = json_array_size(symbols);
    if (count > INLINED_MAX)
        count = INLINED_MAX;
    *out = (struct symbol_answer){ .names = calloc(count + 1, sizeof *out->names) };
    bool is_fine = out->names != NULL;
    for (size_t i = 0; is_fine && i < count; i++)
        is_fine = add_name(json_array_get(symbols, i), needs_line, out);
    if (!is_fine || out->count == 0)
        symbol_answer_release(out);
    return is_fine ? SYMBOL_ANSWER_GOOD : SYMBOL_ANSWER_NO_MEMORY;
}

enum symbol_answer_state symbol_answer_read(const char *line, size_t size, uint64_t address,
                                            bool needs_line, struct symbol_answer *out)
{
    *out = (struct symbol_answer){ 0 };
    json_t *root = json_loadb(line, size, 0, NULL);
    const char *told = text_at(root, "Address");
    char *end;
    enum symbol_answer_state state = SYMBOL_ANSWER_SENSELESS;
    if (*told && strtoull(told, &end, 16) == address && *end == '\0')
        state = read_names(json_object_get(root, "Symbol"), needs_line, out);
    json_decref(root);
    return state;
}
