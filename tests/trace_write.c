/* Events as the decoder gives them, written back into a trace. */
#include "tests/etl_builder_parts.h"
#include "tests/trace_random.h"

static struct etl_space space_of(const struct event *event)
{
    return (struct etl_space){ event->free_bytes, event->committed_bytes, event->reserved_bytes };
}

static size_t write_end(struct etl *etl, const struct event *event, uint32_t pid)
{
    uint8_t header = etl->header;
    etl_under(etl, etl->options.pointer_bytes == 4 ? HEADER_SYSTEM32 : HEADER_SYSTEM64);
    size_t number = etl_process(etl, event->time_ns, ETL_PROCESS_END, pid, 4, "program.exe", "");
    etl_under(etl, header);
    return number;
}

static size_t write_range(struct etl *etl, const struct event *e, uint32_t pid)
{
    uint64_t half = e->size / 2;
    const struct etl_range halves[] = { { 0x10000, half }, { 0x7000000, e->size - half } };
    switch (e->kind) {
    case EVENT_range_rundown:
        return etl_range_rundown(etl, e->time_ns, e->heap, e->flags, pid, halves, 2);
    case EVENT_range_create:
        return etl_range_create(etl, e->time_ns, e->heap, e->size, e->flags);
    case EVENT_range_reserve:
        return etl_range_reserve(etl, e->time_ns, e->heap, e->address, e->size);
    case EVENT_range_release:
        return etl_range_release(etl, e->time_ns, e->heap, e->address, e->size);
    default:
        return etl_range_destroy(etl, e->time_ns, e->heap);
    }
}

size_t trace_write_event(struct etl *etl, const struct event *e, uint32_t pid)
{
    enum { LOCK = 43 };
    etl_as(etl, e->cpu, pid, e->thread);
    switch (e->kind) {
    case EVENT_create:
        return etl_create(etl, e->time_ns, e->heap, e->flags, e->reserved_bytes,
                          e->committed_bytes);
    case EVENT_alloc:
        return etl_alloc(etl, e->time_ns, e->heap, e->address, e->size, e->source);
    case EVENT_realloc:
        return etl_realloc(etl, e->time_ns, e->heap, e->address, e->old_address, e->size,
                           e->old_size, e->source);
    case EVENT_destroy:
        return etl_destroy(etl, e->time_ns, e->heap);
    case EVENT_free:
        return etl_free(etl, e->time_ns, e->heap, e->address, e->source);
    case EVENT_extend:
        return etl_extend(etl, e->time_ns, e->heap, e->address, e->size, space_of(e));
    case EVENT_contract:
        return etl_contract(etl, e->time_ns, e->heap, e->address, e->size, space_of(e));
    case EVENT_snapshot:
        return etl_snapshot(etl, e->time_ns, e->heap, space_of(e), e->large_uncommitted_bytes);
    case EVENT_commit:
        return etl_commit(etl, e->time_ns, e->heap, e->address, e->size);
    case EVENT_decommit:
        return etl_decommit(etl, e->time_ns, e->heap, e->address, e->size);
    case EVENT_other:
        return etl_heap_only(etl, e->time_ns, LOCK, e->heap);
    case EVENT_process_end:
        return write_end(etl, e, pid);
    default:
        return write_range(etl, e, pid);
    }
}

void trace_random_write(const struct trace_random *trace, struct etl *etl)
{
    for (size_t i = 0; i < trace->count; i++)
        trace_write_event(etl, &trace->events[i], trace->pids[trace->events[i].process]);
}
