/* What is wrong with a trace: counted by name, never thrown. */
#ifndef DECODER_ANOMALY_H
#define DECODER_ANOMALY_H

#include <stdint.h>

/* How far the results can still be trusted. */
enum severity {
    SEVERITY_NOTE,      /* odd, harmless */
    SEVERITY_SUSPECT,   /* a number may be off by the events counted here */
    SEVERITY_DATA_LOSS, /* events are missing: totals are lower bounds */
};

/* name, severity, what it means to the person who reads the report */
#define ANOMALY_LIST(X)                                                                            \
    X(events_lost, DATA_LOSS, "the trace session dropped events before they reached the file")     \
    X(buffers_lost, DATA_LOSS, "the trace session dropped whole buffers of events")                \
    X(buffer_damaged, DATA_LOSS, "a buffer made no sense, and what it held is missing")            \
    X(file_cut_off, DATA_LOSS, "the file ends in the middle of a buffer")                          \
    X(event_cut_short, DATA_LOSS, "an event made no sense, and the rest of its buffer is missing") \
    X(time_reversed, SUSPECT, "an event was older than the one before it on the same CPU")         \
    X(beyond_window, SUSPECT, "--no-spool: something came too late to be put in order of time")    \
    X(payload_undecodable, SUSPECT, "an event was too short for its kind and was skipped")         \
    X(version_unknown, SUSPECT, "an event has a version this program does not know")               \
    X(free_missing, SUSPECT, "an address was allocated again without having been freed")           \
    X(heap_recreated, SUSPECT, "a heap was created that had not been destroyed")                   \
    X(old_size_mismatch, SUSPECT, "a realloc named another old size than the block had")           \
    X(overlap, SUSPECT, "a block was placed over bytes of another live block")                     \
    X(size_unbelievable, SUSPECT, "a block was larger than any address space and counts as empty") \
    X(stack_dropped, SUSPECT, "a call stack was too deep or one too many, so its event has none")  \
    X(stack_too_late, SUSPECT, "a call stack came so late that its event was counted without it")  \
    X(module_dropped, NOTE, "a module was one too many, so addresses in it stay without a name")   \
    X(file_unfinished, NOTE, "the trace session was not closed; its counts of losses are missing") \
    X(source_unexpected, NOTE, "an event named an allocator path that Windows does not document")  \
    X(free_of_unknown, NOTE, "a block was freed that was allocated before the trace began")

#define X(name, severity, meaning) ANOMALY_##name,
enum anomaly { ANOMALY_LIST(X) ANOMALY_COUNT };
#undef X

/* Zero-filled is empty. Counting costs one addition, so it is never switched off. */
struct anomalies {
    uint64_t count[ANOMALY_COUNT];
    uint64_t
        first_offset[ANOMALY_COUNT]; /* bytes from the start of the trace, or ERROR_NO_OFFSET */
};

struct anomaly_info {
    const char *name;
    enum severity severity;
    const char *meaning; /* one clause, lower case, no full stop */
};

/* By enum anomaly. */
extern const struct anomaly_info anomaly_infos[ANOMALY_COUNT];

/* "note", "suspect" or "data_loss". */
const char *severity_name(enum severity severity);

/* Counts `more` of `which`, found `offset` bytes from the start of the trace. */
static inline void anomaly_add(struct anomalies *a, enum anomaly which, uint64_t more,
                               uint64_t offset)
{
    if (more == 0)
        return;
    if (a->count[which] == 0)
        a->first_offset[which] = offset;
    a->count[which] += more;
}

static inline void anomaly_note(struct anomalies *a, enum anomaly which, uint64_t offset)
{
    anomaly_add(a, which, 1, offset);
}

/* Adds what `more` counted to `sum`; the earlier first offset is kept. */
void anomalies_add(struct anomalies *sum, const struct anomalies *more);

/* The gravest severity that was counted; SEVERITY_NOTE when nothing was. */
enum severity anomalies_worst(const struct anomalies *a);

#endif
