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

/*
 * Of the events of one look (event_look) that have at least `bytes_min` bytes: they are foreign, or
 * heap events that heap_form_read decodes and their header owns.
 */
struct event_form {
    uint64_t look;      /* 0, which no event has: none */
    uint16_t bytes_min; /* header included */
    uint8_t ticks_at;
    uint8_t payload_at;         /* if is_heap */
    uint8_t header_kind;        /* enum header_kind */
    bool is_heap;               /* else foreign */
    struct heap_form heap;      /* if is_heap */
    struct event_header header; /* of such an event, only what its look tells, for a census */
};

/* 8 bits of a hash of the look choose the place; a look takes that of another. */
enum { EVENT_FORMS = 256 };

/* Zero-filled is empty. */
struct event_forms {
    struct event_form forms[EVENT_FORMS];
};

/* The only one that may be of that look: if it is, its `look` says so. */
static inline const struct event_form *event_forms_at(const struct event_forms *forms,
                                                      uint64_t look)
{
    return &forms->forms[look * UINT64_C(0x9e3779b97f4a7c15) >> 56];
}

/* Keeps the form of this event, if it has one. `header` is as event_header_read fills it. */
void event_forms_learn(struct event_forms *forms, const struct event_header *header);

#endif
