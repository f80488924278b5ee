/*
 * What events that look the same have in common, found once: so that most of the events of a trace
 * are taken apart without reading their headers and choosing their layouts anew.
 */
#ifndef DECODER_EVENT_FORMS_H
#define DECODER_EVENT_FORMS_H

#include "decoder/event_header.h"
#include "decoder/heap_event.h"

#include <stdbool.h>
#include <stdint.h>

/* Which part of the decoder reads the payload. */
enum event_meaning {
    MEANING_FOREIGN, /* none */
    MEANING_HEAP,
    MEANING_PROCESS,
    MEANING_STACK,
    MEANING_MODULE,
};

enum event_meaning event_meaning(const struct event_header *header);

/* Of foreign events of one look (event_look), which may differ in size. */
struct foreign_form {
    uint64_t look;      /* 0, which no event has: none */
    uint16_t bytes_min; /* header included */
    uint8_t ticks_at;
};

/* Some bits of a hash of the look choose the place; a look takes that of another. */
enum { HEAP_FORM_BITS = 6, FOREIGN_FORM_BITS = 8 };

/* Start it with event_forms_init. */
struct event_forms {
    struct heap_form heap[1 << HEAP_FORM_BITS];
    struct foreign_form foreign[1 << FOREIGN_FORM_BITS];
};

/* Empty. */
void event_forms_init(struct event_forms *forms);

/* Of which a form tells something. */
struct formed {
    const struct heap_form *heap; /* NULL: it is foreign */
    int64_t ticks;                /* as in the event */
};

/* A factor that fits in 32 bits when extended by its sign is part of the instruction. */
static inline size_t event_forms_place(uint64_t look, unsigned bits)
{
    return (size_t)(look * UINT64_C(0xffffffff9e3779b9) >> (64 - bits));
}

/*
 * Looks at the event at `at` of those in a buffer, `size` bytes. False: there is no form for it, or
 * it, or what its form reads, does not lie there. Read it one by one.
 */
static inline bool event_forms_find(const struct event_forms *forms, const uint8_t *events,
                                    size_t size, size_t at, struct formed *out)
{
    if (at + EVENT_LOOK_BYTES > size)
        return false;
    const uint8_t *start = events + at;
    uint64_t look = load_u64(start);
    const struct heap_form *heap = &forms->heap[event_forms_place(look, HEAP_FORM_BITS)];
    if (heap->first_bytes == look) {
        if (at + heap->reach > size)
            return false;
        out->heap = heap;
        out->ticks = (int64_t)load_u64(start + heap->ticks_at);
        return true;
    }
    look = event_look(start);
    const struct foreign_form *foreign =
        &forms->foreign[event_forms_place(look, FOREIGN_FORM_BITS)];
    size_t event_size = load_u16(start + GROUP_SIZE_AT);
    if (foreign->look != look || event_size < foreign->bytes_min || at + event_size > size)
        return false;
    out->heap = NULL;
    out->ticks = (int64_t)load_u64(start + foreign->ticks_at);
    return true;
}

/* Keeps the form of this event, if it has one. `header` is as event_header_read fills it. */
void event_forms_learn(struct event_forms *forms, const struct event_header *header);

#endif
