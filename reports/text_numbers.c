/* Texts by number. */
#include "reports/text_numbers.h"

#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

struct text_entry {
    UT_hash_handle hh;
    uint32_t number;
    char bytes[]; /* with a NUL behind them */
};

static bool no_memory(struct error *err)
{
    return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for names");
}

static bool make_room(struct text_numbers *table)
{
    if (table->count < table->room)
        return true;
    size_t room = 2 * table->room + 64;
    const char **grown = room < UINT32_MAX ? realloc(table->texts, room * sizeof *grown) : NULL;
    if (!grown)
        return false;
    table->texts = grown;
    table->room = room;
    return true;
}

bool text_numbers_add(struct text_numbers *table, const char *bytes, size_t size, uint32_t *number,
                      struct error *err)
{
    struct text_entry *entry;
    HASH_FIND(hh, table->entries, bytes, size, entry);
    if (!entry) {
        entry = make_room(table) ? calloc(1, sizeof *entry + size + 1) : NULL;
        if (!entry)
            return no_memory(err);
        memcpy(entry->bytes, bytes, size);
        entry->number = (uint32_t)table->count;
        HASH_ADD_KEYPTR(hh, table->entries, entry->bytes, size, entry);
        if (!entry->hh.tbl) {
            free(entry);
            return no_memory(err);
        }
        table->texts[table->count++] = entry->bytes;
    }
    *number = entry->number;
    return true;
}

bool text_numbers_add_string(struct text_numbers *table, const char *text, uint32_t *number,
                             struct error *err)
{
    return text_numbers_add(table, text, strlen(text), number, err);
}

void text_numbers_release(struct text_numbers *table)
{
    struct text_entry *entry, *next;
    HASH_ITER (hh, table->entries, entry, next) {
        HASH_DEL(table->entries, entry);
        free(entry);
    }
    free(table->texts);
    *table = (struct text_numbers){ 0 };
}
