/* The heaps and processes of an analysis, and which heap a handle means now. */
#ifndef ANALYZER_DIRECTORY_H
#define ANALYZER_DIRECTORY_H

#include "analyzer/address_map.h"
#include "analyzer/heap.h"
#include "analyzer/past.h"
#include "analyzer/scope.h"

/* A heap costs some 24 KB, and each of its Sources 4 KB, so a trace that names more than these is
 * refused. */
enum { HEAPS_MAX = 1 << 14 };

enum { HEAPS_CACHED_SHIFT = 6, HEAPS_CACHED = 1 << HEAPS_CACHED_SHIFT };

/* A heap that was looked for lately. Zero-filled: none. */
struct found_heap {
    uint64_t handle;
    uint32_t process;
    struct heap_entry *entry;
};

/* The trace as a whole. Everything that is summed up ends here. */
struct trace_entry {
    struct occupancy occupancy;
    struct space space;
    struct scope scope;
};

struct process_entry {
    uint32_t process;                          /* index in struct processes */
    uint32_t heaps;                            /* that have appeared so far */
    uint32_t alive;                            /* selected heaps that have not ended */
    struct process_stacks *stacks;             /* NULL: no event with a stack yet. Borrowed */
    struct heap_entry *first_heap, *last_heap; /* in order of ordinal, see next_of_process */
    struct occupancy occupancy;
    struct space space;
    struct scope scope;
};

/*
 * A heap and what is followed of it. One that the options do not select is modelled all the same,
 * for the threads that touch it, but has no parents and no scope.
 */
struct heap_entry {
    struct heap *heap;
    struct process_entry *process;
    struct heap_entry *next_of_process;
    bool is_selected;
    bool is_alive;
    struct scope scope;
    struct past past;
    struct address_map map;
    uint64_t mapped;         /* events of the scope that the map knows of */
    uint64_t usual_until_ns; /* analysis_scopes.h: until then, events are noted and no more. 0: it
                                is not followed, does not count yet, or has ended */
    struct address_map_result map_at_end; /* from its end on; owned until the result takes it */
};

/* Zero-filled is empty. Entries never move. */
struct directory {
    struct heap_entry **heaps; /* owned, in order of first appearance */
    size_t heap_count, heap_capacity;
    struct process_entry **processes; /* owned, in order of first appearance */
    size_t process_count, process_capacity;
    struct heap_node *by_handle; /* private to directory.c, as is the rest */
    struct process_node *by_process;
    struct found_heap found[HEAPS_CACHED]; /* by handle and process, direct-mapped */
};

void directory_release(struct directory *directory);

/* The process with this index; NULL: it has no heap. */
struct process_entry *directory_find_process(const struct directory *directory, uint32_t process);

/* The same, made if it is not there. NULL with ERROR_NO_MEMORY. */
struct process_entry *directory_process(struct directory *directory, struct trace_entry *trace,
                                        uint32_t process, struct error *err);

/* Private: where a heap is noted when it was found. Handles are addresses of reserved regions, so
 * their low 16 bits say nothing, and have room for the process. */
static inline struct found_heap *directory_found_at(struct directory *directory, uint32_t process,
                                                    uint64_t handle)
{
    uint64_t mixed = (handle ^ process) * UINT64_C(0x9e3779b97f4a7c15);
    return &directory->found[mixed >> (64 - HEAPS_CACHED_SHIFT)];
}

/* The rest of directory_find_heap: the hash finds it. */
struct heap_entry *directory_find_by_handle(struct directory *directory, uint32_t process,
                                            uint64_t handle);

/* The heap that the handle means now, or NULL. */
static inline struct heap_entry *directory_find_heap(struct directory *directory, uint32_t process,
                                                     uint64_t handle)
{
    const struct found_heap *found = directory_found_at(directory, process, handle);
    if (found->entry && found->handle == handle && found->process == process)
        return found->entry;
    return directory_find_by_handle(directory, process, handle);
}

/*
 * A new heap, which its handle means from now on; `is_selected` decides what is followed of it.
 * NULL with ERROR_NO_MEMORY, or ERROR_LIMIT at HEAPS_MAX.
 */
struct heap_entry *directory_add_heap(struct directory *directory, struct block_pool *pool,
                                      struct trace_entry *trace, struct process_entry *process,
                                      uint64_t handle, bool is_selected, struct error *err);

/* The heap has ended: its handle means it no more. The entry stays for the result. */
void directory_end_heap(struct directory *directory, struct heap_entry *entry);

#endif
