/* Payloads of process events: who starts, ends, or is there. */
#ifndef DECODER_PROCESS_EVENT_H
#define DECODER_PROCESS_EVENT_H

#include "decoder/event_header.h"

#include <stdbool.h>

/* Types of group 3 (phnt ntwmi.h PERFINFO_LOG_TYPE_PROCESS_…; PerfView ProcessTraceData). */
enum process_opcode {
    PROCESS_START = 1,
    PROCESS_END = 2,
    PROCESS_DC_START = 3,
    PROCESS_DC_END = 4,
    PROCESS_DEFUNCT = 39,
};

enum { PROCESS_IMAGE_SIZE = 1024, PROCESS_COMMAND_LINE_SIZE = 8192 };

struct process_event {
    uint32_t pid;
    uint32_t parent_pid;
    char image[PROCESS_IMAGE_SIZE];               /* UTF-8, cut to fit; "" when there is none */
    char command_line[PROCESS_COMMAND_LINE_SIZE]; /* the same */
};

static inline bool is_process_event(const struct event_header *header)
{
    return header->group == GROUP_PROCESS &&
           ((header->opcode >= PROCESS_START && header->opcode <= PROCESS_DC_END) ||
            header->opcode == PROCESS_DEFUNCT);
}

/*
 * False when the payload is too short for the fixed fields of its version; what is missing after
 * them only leaves the names empty. `*is_known` as in heap_event_decode.
 */
bool process_event_decode(const struct event_header *header, struct process_event *out,
                          bool *is_known);

#endif
