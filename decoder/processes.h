/* The processes of a trace: ids, names, start and end. A process id that is used again is a new
 * process. */
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

/* The rest is for the decoder, which owns the only struct processes. */

enum { PROCESSES_MAX = 1 << 20, PROCESS_TEXT_BYTES_MAX = 256 << 20 };

#define PROCESS_NONE UINT32_MAX

/* What an event tells of a process. Names are "" when it does not; they are copied. */
struct process_facts {
    uint32_t pid;
    uint32_t parent_pid;
    const char *image;
    const char *command_line;
};

bool processes_init(struct processes *processes, struct error *err);
void processes_release(struct processes *processes); /* safe on zero-filled */

/*
 * The functions below are false on ERROR_NO_MEMORY, and on ERROR_LIMIT at PROCESSES_MAX processes
 * or PROCESS_TEXT_BYTES_MAX bytes of names.
 */

/* `*index` is the process that `pid` is now; after an end, or at first sight, it is a new one. */
bool processes_find(struct processes *processes, uint32_t pid, uint32_t *index, struct error *err);

/* The latest process of `pid`, ended or not; PROCESS_NONE if there was none. Never makes one. */
uint32_t processes_latest(const struct processes *processes, uint32_t pid);

/*
 * A process starts. What its pid was before, if that had not ended, ends with it: `*ended` is that,
 * or PROCESS_NONE.
 */
bool processes_start(struct processes *processes, const struct process_facts *facts,
                     uint64_t time_ns, uint32_t *ended, struct error *err);

/* A process ends; `*ended` is which. */
bool processes_end(struct processes *processes, const struct process_facts *facts, uint64_t time_ns,
                   uint32_t *ended, struct error *err);

/* A process is, or was: fills in what is not known of it yet. */
bool processes_describe(struct processes *processes, const struct process_facts *facts,
                        struct error *err);

#endif
