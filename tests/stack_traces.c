/* Random traces whose allocations and reallocs have call stacks. */
#include "tests/stack_traces.h"

void stack_trace_modules(struct etl *etl)
{
    struct etl_image app = { .base = STACK_APP, .size = STACK_MODULE_BYTES, .path = "C:\\app.exe" };
    struct etl_image base = { .base = STACK_BASE,
                              .size = STACK_MODULE_BYTES,
                              .path = "C:\\base.dll" };
    etl_image(etl, 0, ETL_IMAGE_LOAD, &app);
    etl_image(etl, 0, ETL_IMAGE_LOAD, &base);
}

void stack_trace_walk(struct etl *etl, uint64_t event_ns, unsigned number)
{
    const uint64_t frames[] = { STACK_APP + STACK_PLACE_BYTES * number,
                                STACK_BASE + STACK_PLACE_BYTES * number };
    etl_stack_walk(etl, event_ns, event_ns, frames, 2);
}

void stack_trace_random(struct etl *etl, const struct trace_random *trace, uint64_t seed,
                        unsigned percent, unsigned stacks)
{
    struct random random = random_new(seed);
    for (size_t i = 0; i < trace->count; i++) {
        const struct event *event = &trace->events[i];
        trace_write_event(etl, event, trace->pids[event->process]);
        bool may_have = event->kind == EVENT_alloc || event->kind == EVENT_realloc;
        if (!may_have || random_below(&random, 100) >= percent)
            continue;
        etl_as(etl, event->cpu, trace->pids[event->process], event->thread);
        stack_trace_walk(etl, event->time_ns, 1 + random_below(&random, stacks));
    }
}
