/* The places in code that call stacks go through, each once. */
#include "analyzer/stack_places.h"

#include <stdlib.h>
#include <string.h>

/* Out of memory is a return value: a failed add leaves hh.tbl NULL (uthash user guide). */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

struct module_node {
    uint32_t index;
    UT_hash_handle hh;
    unsigned char key[]; /* what makes it that module and no other: see struct module_key */
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

/*
 * Numbers and path of a file as one run of bytes, and its symbol file after them. A trace need not
 * tell of the symbol file wherever the file is loaded: without it the first part has to do.
 */
struct module_key {
    unsigned char *bytes;         /* owned */
    size_t file_size, whole_size; /* equal without a symbol file */
};

struct file_numbers {
    uint64_t size;
    uint32_t checksum, timestamp;
};

static unsigned char *put(unsigned char *at, const void *bytes, size_t size)
{
    memcpy(at, bytes, size);
    return at + size;
}

/* False: no memory. */
static bool module_key_make(struct module_key *key, const struct image *image)
{
    struct file_numbers numbers = {
        .size = image->size,
        .checksum = image->checksum,
        .timestamp = image->timestamp,
    };
    size_t path_size = strlen(image->path) + 1;
    size_t pdb_size = image->pdb ? strlen(image->pdb) + 1 : 0;
    key->file_size = key->whole_size = sizeof numbers + path_size;
    if (image->pdb)
        key->whole_size += sizeof image->pdb_guid + sizeof image->pdb_age + pdb_size;
    key->bytes = malloc(key->whole_size);
    if (!key->bytes)
        return false;
    unsigned char *at = put(key->bytes, &numbers, sizeof numbers);
    at = put(at, image->path, path_size);
    if (image->pdb) {
        at = put(at, image->pdb_guid, sizeof image->pdb_guid);
        at = put(at, &image->pdb_age, sizeof image->pdb_age);
        put(at, image->pdb, pdb_size);
    }
    return true;
}

/* False: no memory. */
static bool tell_pdb(struct stack_module *module, const struct image *image)
{
    if (!image->pdb)
        return true;
    module->pdb = strdup(image->pdb);
    module->pdb_age = image->pdb_age;
    memcpy(module->pdb_guid, image->pdb_guid, sizeof module->pdb_guid);
    return module->pdb;
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
    };
    bool is_told = tell_pdb(&module, image);
    out->modules[out->module_count++] = module; /* the result's, whatever is missing */
    return module.path && is_told;
}

static struct module_node *find_node(const struct stack_places *places, const void *key,
                                     size_t size)
{
    struct module_node *node;
    HASH_FIND(hh, places->modules, key, size, node);
    return node;
}

/* False: no memory. */
static bool add_node(struct stack_places *places, const void *key, size_t size, uint32_t index)
{
    struct module_node *node = calloc(1, sizeof *node + size);
    if (!node)
        return false;
    node->index = index;
    memcpy(node->key, key, size);
    HASH_ADD_KEYPTR(hh, places->modules, node->key, size, node);
    if (!node->hh.tbl) {
        free(node);
        return false;
    }
    return true;
}

/* The module that `image`, whose whole key is new, is one of: maybe a new one. False: no memory. */
static bool settle_module(struct stack_places *places, const struct image *image,
                          const struct module_key *key, uint32_t *module)
{
    struct stacks_result *out = places->out;
    const struct module_node *file = find_node(places, key->bytes, key->file_size);
    if (file && !out->modules[file->index].pdb) {
        *module = file->index;
        return tell_pdb(&out->modules[*module], image) &&
               add_node(places, key->bytes, key->whole_size, *module);
    }
    *module = (uint32_t)out->module_count;
    return append_module(places, image) &&
           (file || add_node(places, key->bytes, key->file_size, *module)) &&
           (!image->pdb || add_node(places, key->bytes, key->whole_size, *module));
}

static bool find_module(struct stack_places *places, size_t image_index, uint32_t *module,
                        struct error *err)
{
    uint32_t *known = &places->module_of_image[image_index];
    if (*known == 0) {
        const struct image *image = images_at(places->images, image_index);
        struct module_key key;
        if (!module_key_make(&key, image))
            return no_memory(err);
        const struct module_node *node = find_node(places, key.bytes, key.whole_size);
        uint32_t index = node ? node->index : 0;
        bool is_settled = node || settle_module(places, image, &key, &index);
        free(key.bytes);
        if (!is_settled)
            return no_memory(err);
        *known = index + 1;
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
