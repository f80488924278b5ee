/* The places in code that call stacks go through, each once. */
#include "analyzer/stack_places.h"

#include <stdlib.h>
#include <string.h>

/* Out of memory is a return value: a failed add leaves hh.tbl NULL (uthash user guide). */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

struct module_node {
    uint32_t index;
    void *key; /* owned; what makes it that module and no other, as bytes */
    UT_hash_handle hh;
};

struct frame_key {
    uint64_t offset;
    uint32_t module;
    uint32_t is_return;
};

struct frame_node {
    struct frame_key key;
    uint32_t index;
    UT_hash_handle hh;
};

static bool no_memory(struct error *err)
{
    return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for the modules of stacks");
}

bool stack_places_open(struct stack_places *places, const struct images *images,
                       struct stacks_result *out, struct error *err)
{
    *places = (struct stack_places){ .images = images, .out = out };
    places->module_of_image = calloc(images_count(images) + 1, sizeof *places->module_of_image);
    return places->module_of_image || no_memory(err);
}

void stack_places_close(struct stack_places *places)
{
    struct module_node *module, *next_module;
    HASH_ITER (hh, places->modules, module, next_module) {
        HASH_DEL(places->modules, module);
        free(module->key);
        free(module);
    }
    struct frame_node *frame = places->frames;
    HASH_CLEAR(hh, places->frames); /* drops the table only; the nodes stay linked */
    while (frame) {
        struct frame_node *next = frame->hh.next;
        free(frame);
        frame = next;
    }
    free(places->module_of_image);
    *places = (struct stack_places){ 0 };
}

/* Makes room for one more element. False: no memory. */
static bool reserve(void **list, size_t *room, size_t count, size_t element_bytes)
{
    if (count < *room)
        return true;
    size_t more = *room ? 2 * *room : 64;
    void *grown = realloc(*list, more * element_bytes);
    if (!grown)
        return false;
    *list = grown;
    *room = more;
    return true;
}

struct module_numbers {
    uint64_t size;
    uint32_t checksum, timestamp, pdb_age, has_pdb;
    uint8_t pdb_guid[16];
};

/* Numbers, path and symbol file as one run of bytes. NULL: no memory. */
static void *module_key(const struct image *image, size_t *size)
{
    struct module_numbers numbers = {
        .size = image->size,
        .checksum = image->checksum,
        .timestamp = image->timestamp,
        .pdb_age = image->pdb_age,
        .has_pdb = image->pdb != NULL,
    };
    memcpy(numbers.pdb_guid, image->pdb_guid, sizeof numbers.pdb_guid);
    size_t path_size = strlen(image->path) + 1;
    size_t pdb_size = image->pdb ? strlen(image->pdb) : 0;
    *size = sizeof numbers + path_size + pdb_size;
    char *key = malloc(*size);
    if (!key)
        return NULL;
    memcpy(key, &numbers, sizeof numbers);
    memcpy(key + sizeof numbers, image->path, path_size);
    if (pdb_size > 0)
        memcpy(key + sizeof numbers + path_size, image->pdb, pdb_size);
    return key;
}

static bool append_module(struct stack_places *places, const struct image *image)
{
    struct stacks_result *out = places->out;
    if (!reserve((void **)&out->modules, &places->module_room, out->module_count,
                 sizeof *out->modules))
        return false;
    struct stack_module module = {
        .path = strdup(image->path),
        .size = image->size,
        .checksum = image->checksum,
        .timestamp = image->timestamp,
        .pdb = image->pdb ? strdup(image->pdb) : NULL,
        .pdb_age = image->pdb_age,
    };
    memcpy(module.pdb_guid, image->pdb_guid, sizeof module.pdb_guid);
    out->modules[out->module_count++] = module; /* the result's, whatever is missing */
    return module.path && (!image->pdb || module.pdb);
}

static struct module_node *add_module(struct stack_places *places, const struct image *image,
                                      void *key, size_t key_size)
{
    struct module_node *node = calloc(1, sizeof *node);
    if (!node || !append_module(places, image)) {
        free(node);
        return NULL;
    }
    node->index = (uint32_t)places->out->module_count - 1;
    node->key = key;
    HASH_ADD_KEYPTR(hh, places->modules, node->key, key_size, node);
    if (!node->hh.tbl) {
        free(node);
        return NULL;
    }
    return node;
}

static bool find_module(struct stack_places *places, size_t image_index, uint32_t *module,
                        struct error *err)
{
    uint32_t *known = &places->module_of_image[image_index];
    if (*known == 0) {
        const struct image *image = images_at(places->images, image_index);
        size_t key_size;
        void *key = module_key(image, &key_size);
        if (!key)
            return no_memory(err);
        struct module_node *node;
        HASH_FIND(hh, places->modules, key, key_size, node);
        bool is_new = !node;
        if (is_new)
            node = add_module(places, image, key, key_size);
        if (!is_new || !node)
            free(key);
        if (!node)
            return no_memory(err);
        *known = node->index + 1;
    }
    *module = *known - 1;
    return true;
}

static struct frame_node *add_frame(struct stack_places *places, const struct frame_key *key)
{
    struct stacks_result *out = places->out;
    if (!reserve((void **)&out->frames, &places->frame_room, out->frame_count, sizeof *out->frames))
        return NULL;
    struct frame_node *node = calloc(1, sizeof *node);
    if (!node)
        return NULL;
    node->key = *key;
    node->index = (uint32_t)out->frame_count;
    HASH_ADD(hh, places->frames, key, sizeof node->key, node);
    if (!node->hh.tbl) {
        free(node);
        return NULL;
    }
    out->frames[out->frame_count++] = (struct stack_frame){
        .module = key->module,
        .offset = key->offset,
        .is_return = key->is_return,
    };
    return node;
}

bool stack_places_find(struct stack_places *places, const struct stack_address *address,
                       uint32_t *index, struct error *err)
{
    struct frame_key key = {
        .offset = address->address,
        .module = RESULT_NO_MODULE,
        .is_return = address->is_return,
    };
    size_t image =
        images_find(places->images, address->process, address->address, address->time_ns);
    if (image != SIZE_MAX) {
        key.offset -= images_at(places->images, image)->base;
        if (!find_module(places, image, &key.module, err))
            return false;
    }
    struct frame_node *node;
    HASH_FIND(hh, places->frames, &key, sizeof key, node);
    if (!node && places->out->frame_count >= STACK_PLACES_MAX) {
        key.offset = 0;
        HASH_FIND(hh, places->frames, &key, sizeof key, node);
    }
    if (!node)
        node = add_frame(places, &key);
    if (!node)
        return no_memory(err);
    *index = node->index;
    return true;
}
