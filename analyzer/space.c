/* The address space a heap manager said it holds: committed, reserved, free. */
#include "analyzer/space.h"

/* One of the sums of a space, in all of its parents too. */
struct quantity {
    uint64_t *bytes;
    uint32_t *heaps;
};

enum quantity_kind { COMMITTED, RESERVED, FREE };

static struct quantity quantity_of(struct space *space, enum quantity_kind kind)
{
    switch (kind) {
    case COMMITTED:
        return (struct quantity){ &space->committed_bytes, &space->committed_heaps };
    case RESERVED:
        return (struct quantity){ &space->reserved_bytes, &space->reserved_heaps };
    case FREE:
        break;
    }
    return (struct quantity){ &space->free_bytes, &space->free_heaps };
}

static bool is_known(struct space *space, enum quantity_kind kind)
{
    return *quantity_of(space, kind).heaps > 0;
}

static uint64_t bytes_of(struct space *space, enum quantity_kind kind)
{
    return *quantity_of(space, kind).bytes;
}

/* Sums take differences modulo 2^64. */
static void change(struct space *space, enum quantity_kind kind, uint64_t bytes, uint32_t heaps)
{
    for (; space; space = space->parent) {
        struct quantity quantity = quantity_of(space, kind);
        *quantity.bytes += bytes;
        *quantity.heaps += heaps;
        space->version++;
    }
}

/* False: `bytes` is unbelievable and was cut. */
static bool set(struct space *heap, enum quantity_kind kind, uint64_t bytes)
{
    uint64_t believed = bytes < SPACE_BYTES_MAX ? bytes : SPACE_BYTES_MAX;
    change(heap, kind, believed - bytes_of(heap, kind), is_known(heap, kind) ? 0 : 1);
    return believed == bytes;
}

static bool set_large_uncommitted(struct space *heap, uint64_t bytes)
{
    uint64_t believed = bytes < SPACE_BYTES_MAX ? bytes : SPACE_BYTES_MAX;
    uint64_t difference = believed - heap->large_uncommitted_bytes;
    for (struct space *space = heap; space; space = space->parent) {
        space->large_uncommitted_bytes += difference;
        space->version++;
    }
    return believed == bytes;
}

/* The two below act on what is known only, and only until the heap manager reports. */
static bool add(struct space *heap, enum quantity_kind kind, uint64_t bytes)
{
    if (heap->is_reported || !is_known(heap, kind))
        return true;
    uint64_t now = bytes_of(heap, kind);
    return set(heap, kind, bytes > UINT64_MAX - now ? UINT64_MAX : now + bytes);
}

static bool take(struct space *heap, enum quantity_kind kind, uint64_t bytes)
{
    if (heap->is_reported || !is_known(heap, kind))
        return true;
    uint64_t now = bytes_of(heap, kind);
    return set(heap, kind, bytes > now ? 0 : now - bytes);
}

static bool report(struct space *heap, const struct event *event)
{
    heap->is_reported = true;
    bool believed = set(heap, COMMITTED, event->committed_bytes);
    believed &= set(heap, RESERVED, event->reserved_bytes);
    believed &= set(heap, FREE, event->free_bytes);
    if (event->has & EVENT_HAS_LARGE_UNCOMMITTED)
        believed &= set_large_uncommitted(heap, event->large_uncommitted_bytes);
    return believed;
}

static bool create(struct space *heap, const struct event *event)
{
    if (!(event->has & EVENT_HAS_SPACE))
        return true;
    bool believed = set(heap, COMMITTED, event->committed_bytes);
    return set(heap, RESERVED, event->reserved_bytes) && believed;
}

static bool guess_reserved(struct space *heap, const struct event *event)
{
    return heap->is_reported || is_known(heap, RESERVED) || set(heap, RESERVED, event->size);
}

bool space_apply(struct space *heap, const struct event *event)
{
    switch (event->kind) {
    case EVENT_create:
        return create(heap, event);
    case EVENT_extend:
    case EVENT_contract:
    case EVENT_snapshot:
        return report(heap, event);
    case EVENT_commit:
        return add(heap, COMMITTED, event->size);
    case EVENT_decommit:
        return take(heap, COMMITTED, event->size);
    case EVENT_range_create:
    case EVENT_range_rundown:
        return guess_reserved(heap, event);
    case EVENT_range_reserve:
        return add(heap, RESERVED, event->size);
    case EVENT_range_release:
        return take(heap, RESERVED, event->size);
    default:
        return true; /* range_destroy comes with the heap's end; the others say nothing of space */
    }
}

static void forget(struct space *heap, enum quantity_kind kind)
{
    if (is_known(heap, kind))
        change(heap, kind, 0 - bytes_of(heap, kind), UINT32_MAX);
}

void space_end(struct space *heap)
{
    forget(heap, COMMITTED);
    forget(heap, RESERVED);
    forget(heap, FREE);
    set_large_uncommitted(heap, 0);
    heap->is_reported = false;
}
