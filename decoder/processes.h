/* The processes of a trace: ids, names, start and end. A process id that is used again is a new process. */
#ifndef DECODER_PROCESSES_H
#define DECODER_PROCESSES_H

#include "decoder/error.h"

#include <stddef.h>
#include <stdint.h>

#define PROCESS_TIME_UNKNOWN UINT64_MAX

struct process {
    uint32_t pid;
    uint32_t parent_pid; /* 0 when the trace does not tell */
    uint64_t start_ns;   /* from the start of the trace; PROCESS_TIME_UNKNOWN: before it began */
    uint64_t end_ns;     /* PROCESS_TIME_UNKNOWN: the trace does not show an end */
    char *image;         /* file name, UTF-8; NULL when the trace does not tell. Hostile text */
    char *command_line;  /* UTF-8 or NULL. Hostile text */
};

/*
 * In order of first appearance: an index here is how the rest of the program names a process.
 * Grows while the trace is read; a name may come late (rundown at the end of a trace).
 */
struct processes {
    struct process *list;
    size_t count;
    struct process_index *by_pid; /* private to processes.c */
};

#endif
