/* Strings as small numbers: equal strings have equal ones. */
#include "analyzer/stack_names.h"

#include <stdlib.h>
#include <string.h>

/* Out of memory is a return value: a failed add leaves hh.tbl NULL (uthash user guide). */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

/* A string, once. */
struct stack_name {
    uint32_t id; /* from 1 */
    bool is_folded;
    char *text; /* owned, as first met */
    char *key;  /* owned, in lower case if is_folded; else NULL: the text */
    UT_hash_handle hh;
};

static void name_free(struct stack_name *name)
{
    free(name->text);
    free(name->key);
    free(name);
}

/* Letters of ASCII only, whatever the locale. */
static void fold(char *text)
{
    for (; *text; text++)
        if (*text >= 'A' && *text <= 'Z')
            *text = (char)(*text - 'A' + 'a');
}

static struct stack_name *name_new(const char *text, bool is_folded)
{
    struct stack_name *name = calloc(1, sizeof *name);
    if (!name)
        return NULL;
    name->is_folded = is_folded;
    name->text = strdup(text);
    name->key = is_folded ? strdup(text) : NULL;
    if (!name->text || (is_folded && !name->key)) {
        name_free(name);
        return NULL;
    }
    if (name->key)
        fold(name->key);
    return name;
}

static bool reserve(struct stack_names *names)
{
    if (names->count < names->room)
        return true;
    size_t room = names->room ? 2 * names->room : 64;
    struct stack_name **list = realloc(names->list, room * sizeof(struct stack_name *));
    if (!list)
        return false;
    names->list = list;
    names->room = room;
    return true;
}

uint32_t stack_names_id(struct stack_names *names, const char *text, bool is_folded)
{
    struct stack_name **head = is_folded ? &names->folded : &names->exact;
    struct stack_name *name = name_new(text, is_folded), *known;
    if (!name || !reserve(names)) {
        if (name)
            name_free(name);
        return 0;
    }
    const char *key = is_folded ? name->key : name->text;
    size_t key_size = strlen(key);
    HASH_FIND(hh, *head, key, key_size, known);
    if (known) {
        name_free(name);
        return known->id;
    }
    HASH_ADD_KEYPTR(hh, *head, key, key_size, name);
    if (!name->hh.tbl) {
        name_free(name);
        return 0;
    }
    name->id = (uint32_t)names->count + 1;
    names->list[names->count++] = name;
    return name->id;
}

const char *stack_names_text(const struct stack_names *names, uint32_t id)
{
    return id ? names->list[id - 1]->text : NULL;
}

void stack_names_release(struct stack_names *names)
{
    HASH_CLEAR(hh, names->folded);
    HASH_CLEAR(hh, names->exact);
    for (size_t i = 0; i < names->count; i++)
        name_free(names->list[i]);
    free(names->list);
    *names = (struct stack_names){ 0 };
}
