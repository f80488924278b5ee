/* The file that recorded processes write to, and the trace that becomes of it. */
#ifndef DATA_RECORD_RECORDING_H
#define DATA_RECORD_RECORDING_H

#include "decoder/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* CLOCK_MONOTONIC, as in the events. */
uint64_t recording_clock_ns(void);

/*
 * Makes a recording at `path`, which must not exist: a trace without events, to which processes add
 * their buffers. It is a whole trace at any time, but its buffers are not in the order of time,
 * many are nearly empty, and processes have no end. `stack_limit` is how many frames are told of
 * the stack of each allocation, up to 192; 0: none.
 */
bool recording_create(const char *path, const char *trace_name, uint32_t stack_limit,
                      struct error *err);

/* How the command ended, for its Process End event. */
struct command_end {
    pid_t process;
    int32_t exit_status;
    uint64_t time_ns; /* CLOCK_MONOTONIC */
};

struct recording_facts {
    uint32_t processes;     /* by fork or by exec */
    uint32_t still_running; /* what they do from now on is not in the trace */
    uint32_t lanes;         /* processor indices that were needed */
    bool too_many_at_once;  /* more processes at a time than there are processor indices */
    bool has_command;       /* the command itself was recorded */
    uint32_t events_lost;
    uint64_t trace_bytes;
};

/*
 * Writes the recording at `path` to `trace_path`, which then appears in one piece, replacing what
 * was there. Buffers come in order of time; each process gets a processor index that no other has
 * at the same time, and an end. The recording is left as it is; processes that still write to it do
 * no harm.
 */
bool recording_assemble(const char *path, const char *trace_path, const struct command_end *command,
                        struct recording_facts *facts, struct error *err);

#endif
