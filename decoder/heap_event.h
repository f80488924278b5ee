/* Payloads of heap events and heap ranges. */
#ifndef DECODER_HEAP_EVENT_H
#define DECODER_HEAP_EVENT_H

#include "decoder/event.h"
#include "decoder/event_header.h"

#include <stdbool.h>
#include <stddef.h>

/* What came out of a payload. */
enum heap_found {
    HEAP_NOT,       /* the event is of another provider */
    HEAP_DECODED,   /* all fields of `out` but time_ns, file_offset, process and cpu are set */
    HEAP_TOO_SHORT, /* shorter than its kind and version need, or no process owns it */
};

/*
 * Decodes a payload of the heap provider (group 0x10) or of a heap range (group 2, types 0x64 to
 * 0x68). A longer payload than known is fine: later versions append. `*pid` is the owner: of the
 * header, or of the payload where that names one. `*is_known` says whether the version is one the
 * sources tell of; another one is read by the newest layout that fits.
 */
enum heap_found heap_event_decode(const struct event_header *header, struct event *out,
                                  uint32_t *pid, bool *is_known);

enum { HEAP_FORM_FIELDS = 6 };

/*
 * How to read the payloads of one kind and version, with pointers of one width: what heap_event.c
 * knows of them, made ready. A field that they do not have is read from offset 0 and dropped:
 * events of several kinds follow one another in no order, and a branch here would be guessed wrong
 * half of the time.
 */
struct heap_form {
    uint64_t keep[HEAP_FORM_FIELDS]; /* of address, size, and the four of the union: all, or none */
    uint32_t keep_number;            /* of source or flags, 4 bytes */
    uint8_t at[HEAP_FORM_FIELDS];
    uint8_t number_at;
    uint8_t kind;
    uint8_t has;
    bool is_wide; /* pointers of 8 bytes */
};

/*
 * The form of an event that heap_form_read decodes as heap_event_decode would, of a known version
 * and with the owner of its header; `*payload_bytes` is what its payload needs. False: another one.
 */
bool heap_form_of(const struct event_header *header, struct heap_form *form, size_t *payload_bytes);

/* For heap_form_read, when pointers have 4 bytes: apart, so that the common case stays short. */
void heap_form_read_narrow(const struct heap_form *form, const uint8_t *payload, struct event *out);

/* Sets what the payload and the form tell of an event. All bytes that the form needs are there. */
static inline void heap_form_read(const struct heap_form *form, const uint8_t *payload,
                                  struct event *out)
{
    out->kind = form->kind;
    out->has = form->has;
    out->source = load_u32(payload + form->number_at) & form->keep_number;
    if (!form->is_wide) {
        heap_form_read_narrow(form, payload, out);
        return;
    }
    out->heap = load_u64(payload);
    out->address = load_u64(payload + form->at[0]) & form->keep[0];
    out->size = load_u64(payload + form->at[1]) & form->keep[1];
    out->free_bytes = load_u64(payload + form->at[2]) & form->keep[2];
    out->committed_bytes = load_u64(payload + form->at[3]) & form->keep[3];
    out->reserved_bytes = load_u64(payload + form->at[4]) & form->keep[4];
    out->large_uncommitted_bytes = load_u64(payload + form->at[5]) & form->keep[5];
}

static inline bool is_heap_event(const struct event_header *header)
{
    return header->group == GROUP_HEAP ||
           (header->group == GROUP_PAGE_FAULT && header->opcode >= 0x64 && header->opcode <= 0x68);
}

#endif
