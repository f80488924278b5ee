/* The heaps and processes of an analysis, and which heap a handle means now. */
#include "analyzer/directory.h"

#include <stdlib.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

struct heap_key {
    uint64_t handle;
    uint64_t process; /* 64 bits wide, so that the key has no padding */
};

struct heap_node {
    struct heap_key key;
    struct heap_entry *entry;
    UT_hash_handle hh;
};

struct process_node {
    uint32_t process;
    struct process_entry *entry;
    UT_hash_handle hh;
};

static void heap_entry_free(struct heap_entry *entry)
{
    if (!entry)
        return;
    scope_release(&entry->scope);
    past_release(&entry->past);
    address_map_release(&entry->map);
    free(entry->map_at_end.rows);
    free(entry->map_at_end.cells);
    heap_free(entry->heap);
    free(entry);
}

static void process_entry_free(struct process_entry *entry)
{
    if (!entry)
        return;
    scope_release(&entry->scope);
    free(entry);
}

static void forget_handles(struct directory *directory)
{
    struct heap_node *heap = directory->by_handle;
    HASH_CLEAR(hh, directory->by_handle); /* drops the table only; the nodes stay linked */
    while (heap) {
        struct heap_node *next = heap->hh.next;
        free(heap);
        heap = next;
    }
    struct process_node *process = directory->by_process;
    HASH_CLEAR(hh, directory->by_process);
    while (process) {
        struct process_node *next = process->hh.next;
        free(process);
        process = next;
    }
}

void directory_release(struct directory *directory)
{
    forget_handles(directory);
    for (size_t i = 0; i < directory->heap_count; i++)
        heap_entry_free(directory->heaps[i]);
    for (size_t i = 0; i < directory->process_count; i++)
        process_entry_free(directory->processes[i]);
    free(directory->heaps);
    free(directory->processes);
    *directory = (struct directory){ 0 };
}

/* Makes room for one more pointer in an array that grows by doubling. */
static void *grow(void *array, size_t count, size_t *capacity, size_t item_bytes)
{
    if (count < *capacity)
        return array;
    size_t wanted = *capacity ? *capacity * 2 : 16;
    void *grown = realloc(array, wanted * item_bytes);
    if (grown)
        *capacity = wanted;
    return grown;
}

struct process_entry *directory_find_process(const struct directory *directory, uint32_t process)
{
    struct process_node *node;
    HASH_FIND(hh, directory->by_process, &process, sizeof process, node);
    return node ? node->entry : NULL;
}

static bool add_process_node(struct directory *directory, struct process_entry *entry)
{
    struct process_node *node = calloc(1, sizeof *node);
    if (!node)
        return false;
    node->process = entry->process;
    node->entry = entry;
    HASH_ADD(hh, directory->by_process, process, sizeof node->process, node);
    if (node->hh.tbl)
        return true;
    free(node);
    return false;
}

static struct process_entry *add_process(struct directory *directory, struct trace_entry *trace,
                                         uint32_t process)
{
    struct process_entry **list = grow(directory->processes, directory->process_count,
                                       &directory->process_capacity, sizeof *list);
    if (!list)
        return NULL;
    directory->processes = list;
    struct process_entry *entry = calloc(1, sizeof *entry);
    if (!entry)
        return NULL;
    entry->process = process;
    entry->occupancy.parent = &trace->occupancy;
    entry->space.parent = &trace->space;
    entry->scope.occupancy = &entry->occupancy;
    entry->scope.space = &entry->space;
    if (!add_process_node(directory, entry)) {
        free(entry);
        return NULL;
    }
    list[directory->process_count++] = entry;
    return entry;
}

struct process_entry *directory_process(struct directory *directory, struct trace_entry *trace,
                                        uint32_t process, struct error *err)
{
    struct process_entry *entry = directory_find_process(directory, process);
    if (!entry)
        entry = add_process(directory, trace, process);
    if (!entry)
        error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for another process");
    return entry;
}

struct heap_entry *directory_find_by_handle(struct directory *directory, uint32_t process,
                                            uint64_t handle)
{
    struct heap_key key = { .handle = handle, .process = process };
    struct heap_node *node;
    HASH_FIND(hh, directory->by_handle, &key, sizeof key, node);
    if (!node)
        return NULL;
    *directory_found_at(directory, process, handle) =
        (struct found_heap){ handle, process, node->entry };
    return node->entry;
}

static bool add_heap_node(struct directory *directory, struct heap_entry *entry)
{
    struct heap_node *node = calloc(1, sizeof *node);
    if (!node)
        return false;
    node->key = (struct heap_key){ entry->heap->handle, entry->heap->process };
    node->entry = entry;
    HASH_ADD(hh, directory->by_handle, key, sizeof node->key, node);
    if (node->hh.tbl)
        return true;
    free(node);
    return false;
}

static void follow(struct heap_entry *entry, struct trace_entry *trace)
{
    struct heap *heap = entry->heap;
    entry->scope.occupancy = &heap->occupancy;
    entry->scope.space = &heap->space;
    past_init(&entry->past, &entry->scope.curves.levels.peak_change,
              &entry->process->scope.curves.levels.peak_change,
              &trace->scope.curves.levels.peak_change);
    heap->past = &entry->past;
    entry->process->alive++;
}

static struct heap_entry *make_heap(struct block_pool *pool, struct process_entry *process,
                                    uint64_t handle, bool is_selected, struct error *err)
{
    struct heap_entry *entry = calloc(1, sizeof *entry);
    if (!entry) {
        error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for another heap");
        return NULL;
    }
    entry->process = process;
    entry->is_selected = is_selected;
    entry->is_alive = true;
    entry->heap = heap_new(pool, is_selected ? &process->occupancy : NULL,
                           is_selected ? &process->space : NULL, err);
    if (!entry->heap) {
        free(entry);
        return NULL;
    }
    entry->heap->handle = handle;
    entry->heap->process = process->process;
    entry->heap->ordinal = process->heaps + 1;
    return entry;
}

static void append(struct process_entry *process, struct heap_entry *entry)
{
    if (process->last_heap)
        process->last_heap->next_of_process = entry;
    else
        process->first_heap = entry;
    process->last_heap = entry;
    process->heaps++;
}

struct heap_entry *directory_add_heap(struct directory *directory, struct block_pool *pool,
                                      struct trace_entry *trace, struct process_entry *process,
                                      uint64_t handle, bool is_selected, struct error *err)
{
    if (directory->heap_count == HEAPS_MAX) {
        error_set(err, ERROR_LIMIT, ERROR_NO_OFFSET,
                  "the trace has more than %d heaps; --process takes fewer", HEAPS_MAX);
        return NULL;
    }
    struct heap_entry *entry = make_heap(pool, process, handle, is_selected, err);
    if (!entry)
        return NULL;
    struct heap_entry **list =
        grow(directory->heaps, directory->heap_count, &directory->heap_capacity, sizeof *list);
    if (list)
        directory->heaps = list;
    if (!list || !add_heap_node(directory, entry)) {
        heap_entry_free(entry);
        error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for another heap");
        return NULL;
    }
    list[directory->heap_count++] = entry;
    append(process, entry);
    if (is_selected)
        follow(entry, trace);
    return entry;
}

void directory_end_heap(struct directory *directory, struct heap_entry *entry)
{
    struct heap_key key = { entry->heap->handle, entry->heap->process };
    struct heap_node *node;
    HASH_FIND(hh, directory->by_handle, &key, sizeof key, node);
    if (node && node->entry == entry) {
        struct found_heap *found =
            directory_found_at(directory, entry->heap->process, entry->heap->handle);
        if (found->entry == entry)
            *found = (struct found_heap){ 0 };
        HASH_DEL(directory->by_handle, node);
        free(node);
    }
    entry->is_alive = false;
    entry->usual_until_ns = 0;
    entry->process->alive -= entry->is_selected;
}
