/* The trace that becomes of a recording: its buffers in order of time, its processes with an end.
 */
#include "data/record/recording.h"

#include "data/record/layout.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * A buffer of the recording, as it was when it was looked at: its process may still be adding to
 * it, and what lies below `filled` does not change any more.
 */
struct entry {
    uint64_t first_ns;
    uint64_t sequence;
    uint32_t index; /* in the recording */
    uint32_t filled;
    uint32_t part;
};

/* What one process wrote between its start, or its exec, and its end. */
struct part {
    uint64_t end_ns;
    uint32_t first_index; /* of its first buffer: there its Process Start is the first event */
    uint32_t last_entry;
    uint32_t lane; /* the processor index in the trace */
    int32_t exit_status;
    bool is_there;
    bool has_ended;
};

/* What parts are put in order by. */
struct place {
    uint64_t first_ns;
    uint32_t process;
    uint32_t number;
};

struct assembly {
    int in;
    int out;
    const char *out_path;
    struct entry *entries;
    size_t entry_count;
    struct part *parts; /* by number; those that wrote nothing are not there */
    uint32_t part_count;
    struct place *in_order; /* the parts that are there */
    uint32_t order_count;
    uint32_t written; /* buffers of the trace so far */
    union {
        struct buffer_header header;
        struct file_head head;
        unsigned char bytes[BUFFER_BYTES];
    } buffer;
};

static bool no_memory(struct error *err)
{
    return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET,
                     "no memory to put the recording in order");
}

/* Reads what there is of `size` bytes; the rest is zeros. */
static bool read_some(const struct assembly *a, void *out, size_t size, uint32_t index,
                      struct error *err)
{
    uint64_t offset = (uint64_t)index * BUFFER_BYTES;
    ssize_t got = pread(a->in, out, size, (off_t)offset);
    if (got < 0)
        return error_set(err, ERROR_IO, offset, "cannot read the recording: %s", strerror(errno));
    memset((char *)out + got, 0, size - (size_t)got);
    return true;
}

/* ---- which buffers there are ---- */

/* Whether `index` holds events; a buffer that was claimed and never written is all zeros. */
static bool read_entry(const struct assembly *a, uint32_t index, struct entry *entry, bool *is_used,
                       struct error *err)
{
    struct {
        struct buffer_header header;
        struct event_header event;
    } start;
    if (!read_some(a, &start, sizeof start, index, err))
        return false;
    uint32_t filled = atomic_load(&start.header.filled);
    *is_used = start.header.buffer_bytes == BUFFER_BYTES && filled >= sizeof start &&
               filled <= BUFFER_BYTES && start.header.part < a->part_count;
    *entry = (struct entry){
        .first_ns = start.event.time,
        .sequence = start.header.sequence,
        .index = index,
        .filled = filled,
        .part = start.header.part,
    };
    return true;
}

static int compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* In order of time; of one process, in the order of writing. */
static int compare_entries(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    int order = compare(a->first_ns, b->first_ns);
    order = order ? order : compare(a->part, b->part);
    order = order ? order : compare(a->sequence, b->sequence);
    return order ? order : compare(a->index, b->index);
}

/*
 * A process that was killed while it wrote its full buffer to the end of the file left it twice,
 * and the copy may be cut off. The original has the lower index: a process claims it before any
 * other.
 */
static void drop_copies(struct assembly *a)
{
    size_t kept = 0;
    for (size_t i = 0; i < a->entry_count; i++) {
        const struct entry *last = kept ? &a->entries[kept - 1] : NULL;
        const struct entry *next = &a->entries[i];
        if (!last || last->part != next->part || last->sequence != next->sequence)
            a->entries[kept++] = *next;
    }
    a->entry_count = kept;
}

static bool list_entries(struct assembly *a, struct error *err)
{
    struct stat status;
    if (fstat(a->in, &status) != 0)
        return error_set(err, ERROR_IO, ERROR_NO_OFFSET, "cannot read the recording: %s",
                         strerror(errno));
    uint64_t buffers = ((uint64_t)status.st_size + BUFFER_BYTES - 1) / BUFFER_BYTES;
    if (buffers > UINT32_MAX)
        return error_set(err, ERROR_LIMIT, ERROR_NO_OFFSET, "a recording of more than 256 TiB");
    if (a->part_count > buffers) /* each has a buffer, so the count is not to be believed */
        a->part_count = (uint32_t)buffers;
    a->entries = calloc(buffers, sizeof *a->entries);
    a->parts = calloc(a->part_count + 1, sizeof *a->parts);
    a->in_order = calloc(a->part_count + 1, sizeof *a->in_order);
    if (!a->entries || !a->parts || !a->in_order)
        return no_memory(err);
    for (uint32_t index = 1; index < buffers; index++) {
        bool is_used;
        if (!read_entry(a, index, &a->entries[a->entry_count], &is_used, err))
            return false;
        a->entry_count += is_used;
    }
    qsort(a->entries, a->entry_count, sizeof *a->entries, compare_entries);
    drop_copies(a);
    return true;
}

/* ---- which processes there are, and when they ended ---- */

static const struct event_header *event_at(const struct assembly *a, uint32_t offset,
                                           uint32_t filled)
{
    const void *at = a->buffer.bytes + offset;
    const struct event_header *event = at;
    if (filled - offset < sizeof *event || event->bytes < sizeof *event ||
        event->bytes > filled - offset)
        return NULL;
    return event;
}

/* The latest time that the buffer in hand tells: of its last event, or of the exit. */
static uint64_t last_time(const struct assembly *a, uint32_t filled)
{
    uint64_t time = a->buffer.header.time;
    const struct event_header *event;
    for (uint32_t at = sizeof a->buffer.header; (event = event_at(a, at, filled)) != NULL;
         at += event_stride(event->bytes))
        if (event->time > time)
            time = event->time;
    return time;
}

/* Dead ones that nobody has waited for do not count. */
static bool is_running(uint32_t process)
{
    char path[64], line[512];
    snprintf(path, sizeof path, "/proc/%u/stat", process);
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    char *got = fgets(line, sizeof line, file);
    fclose(file);
    const char *name_end = got ? strrchr(line, ')') : NULL;
    return name_end && name_end[1] == ' ' && name_end[2] != 'Z' && name_end[2] != 'X';
}

/* The process id, and the end as far as the part itself tells. */
static bool read_part(struct assembly *a, struct place *place, struct error *err)
{
    struct part *part = &a->parts[place->number];
    const struct entry *last = &a->entries[part->last_entry];
    if (!read_some(a, &a->buffer, BUFFER_BYTES, part->first_index, err))
        return false;
    const struct event_header *start = event_at(a, sizeof a->buffer.header, BUFFER_BYTES);
    place->process = start ? start->process : 0;
    if (!read_some(a, &a->buffer, BUFFER_BYTES, last->index, err))
        return false;
    part->end_ns = last_time(a, last->filled);
    return true;
}

static int compare_by_start(const void *left, const void *right)
{
    const struct place *a = left, *b = right;
    int order = compare(a->first_ns, b->first_ns);
    return order ? order : compare(a->number, b->number);
}

static int compare_by_process(const void *left, const void *right)
{
    const struct place *a = left, *b = right;
    int order = compare(a->process, b->process);
    return order ? order : compare_by_start(left, right);
}

/*
 * The end of a part is the latest that is known: the command's when it was waited for; else what
 * was noted at exit; else the last event. A part with a later one of the same process id has ended
 * too: by exec, or else the id was used again.
 */
static void find_ends(struct assembly *a, const struct command_end *command,
                      struct recording_facts *facts)
{
    qsort(a->in_order, a->order_count, sizeof *a->in_order, compare_by_process);
    for (uint32_t i = 0; i < a->order_count; i++) {
        const struct place *place = &a->in_order[i];
        struct part *part = &a->parts[place->number];
        bool is_command = place->process == (uint32_t)command->process;
        bool has_later = i + 1 < a->order_count && place[1].process == place->process;
        facts->has_command = facts->has_command || is_command;
        part->has_ended = has_later || is_command || !is_running(place->process);
        facts->still_running += !part->has_ended;
        if (is_command && !has_later) {
            part->exit_status = command->exit_status;
            if (command->time_ns > part->end_ns)
                part->end_ns = command->time_ns;
        }
    }
}

static bool list_parts(struct assembly *a, struct error *err)
{
    for (uint32_t i = 0; i < a->entry_count; i++) {
        const struct entry *entry = &a->entries[i];
        struct part *part = &a->parts[entry->part];
        if (!part->is_there) {
            a->in_order[a->order_count++] =
                (struct place){ .first_ns = entry->first_ns, .number = entry->part };
            *part = (struct part){ .is_there = true, .first_index = entry->index };
        }
        part->last_entry = i;
    }
    for (uint32_t i = 0; i < a->order_count; i++)
        if (!read_part(a, &a->in_order[i], err))
            return false;
    return true;
}

/*
 * The format has 2048 processor indices, each a stream in order of time. So a process gets the
 * first that was left by another before it started.
 */
static bool assign_lanes(struct assembly *a, struct recording_facts *facts, struct error *err)
{
    uint64_t *busy_until = calloc(PROCESSOR_LIMIT, sizeof *busy_until);
    if (!busy_until)
        return no_memory(err);
    qsort(a->in_order, a->order_count, sizeof *a->in_order, compare_by_start);
    for (uint32_t i = 0; i < a->order_count; i++) {
        const struct place *place = &a->in_order[i];
        struct part *part = &a->parts[place->number];
        uint32_t lane = 0;
        while (lane < facts->lanes && busy_until[lane] > place->first_ns)
            lane++;
        if (lane == PROCESSOR_LIMIT) {
            facts->too_many_at_once = true;
            lane = i % PROCESSOR_LIMIT;
        }
        if (lane == facts->lanes)
            facts->lanes++;
        if (part->end_ns > busy_until[lane])
            busy_until[lane] = part->end_ns;
        part->lane = lane;
    }
    free(busy_until);
    return true;
}

/* ---- the trace ---- */

static bool write_all(struct assembly *a, const void *data, size_t size, uint64_t offset,
                      struct error *err)
{
    ssize_t written = pwrite(a->out, data, size, (off_t)offset);
    if (written != (ssize_t)size)
        return error_set(err, ERROR_IO, ERROR_NO_OFFSET, "cannot write '%s': %s", a->out_path,
                         written < 0 ? strerror(errno) : "no room");
    return true;
}

/* The buffer in hand, of which `filled` bytes are good, becomes the next of the trace. */
static bool write_buffer(struct assembly *a, uint32_t filled, uint32_t lane, struct error *err)
{
    a->buffer.header = (struct buffer_header){
        .buffer_bytes = BUFFER_BYTES,
        .saved_offset = filled,
        .time = a->buffer.header.time,
        .sequence = a->written,
        .processor = (uint16_t)lane,
        .filled = filled,
        .flags = FLAG_PROCESSOR_INDEX,
        .type = TYPE_GENERIC,
    };
    memset(a->buffer.bytes + filled, FILLER, BUFFER_BYTES - filled);
    uint64_t offset = (uint64_t)a->written++ * BUFFER_BYTES;
    return write_all(a, &a->buffer, BUFFER_BYTES, offset, err);
}

struct end_event {
    _Alignas(8) unsigned char bytes[8192];
    uint32_t stride; /* 0: the process had no start that could be turned into an end */
};

/* Process End tells the same as Process Start, and the exit status. */
static bool make_end_event(struct assembly *a, const struct part *part, struct end_event *end,
                           struct error *err)
{
    end->stride = 0;
    if (!read_some(a, &a->buffer, BUFFER_BYTES, part->first_index, err))
        return false;
    const struct event_header *start = event_at(a, sizeof a->buffer.header, BUFFER_BYTES);
    struct event_header *header = (void *)end->bytes;
    struct process_payload *payload = (void *)(header + 1);
    if (!start || start->hook != HOOK_PROCESS_START || start->bytes > sizeof end->bytes ||
        start->bytes < sizeof *header + sizeof *payload)
        return true;
    memset(end->bytes, 0, sizeof end->bytes);
    memcpy(end->bytes, start, start->bytes);
    header->hook = HOOK_PROCESS_END;
    header->time = part->end_ns;
    payload->exit_status = part->exit_status;
    end->stride = event_stride(header->bytes);
    return true;
}

static bool write_entry(struct assembly *a, uint32_t at, struct error *err)
{
    const struct entry *entry = &a->entries[at];
    const struct part *part = &a->parts[entry->part];
    struct end_event end = { .stride = 0 };
    if (part->has_ended && part->last_entry == at && !make_end_event(a, part, &end, err))
        return false;
    if (!read_some(a, &a->buffer, BUFFER_BYTES, entry->index, err))
        return false;
    uint32_t filled = entry->filled;
    if (filled + end.stride > BUFFER_BYTES) {
        if (!write_buffer(a, filled, part->lane, err))
            return false;
        filled = sizeof a->buffer.header;
    }
    memcpy(a->buffer.bytes + filled, end.bytes, end.stride);
    return write_buffer(a, filled + end.stride, part->lane, err);
}

/* The recording's head, with what is known only now. */
static bool write_head(struct assembly *a, const struct recording_facts *facts, uint64_t now_ns,
                       struct error *err)
{
    if (!read_some(a, &a->buffer, BUFFER_BYTES, 0, err))
        return false;
    struct file_head *head = &a->buffer.head;
    atomic_store(&head->log.buffers_written, a->written);
    atomic_store(&head->log.processor_count, facts->lanes ? facts->lanes : 1);
    atomic_store(&head->log.events_lost, facts->events_lost);
    head->log.end_filetime = head->log.start_filetime + (now_ns - head->event.time) / 100;
    if (facts->lanes > 256) { /* layout 2.0 is the one with so many processors */
        head->log.layout_major = 2;
        head->log.layout_minor = 0;
    }
    return write_all(a, &a->buffer, BUFFER_BYTES, 0, err);
}

static bool mark_last(struct assembly *a, struct error *err)
{
    uint16_t flags = FLAG_PROCESSOR_INDEX | FLAG_FLUSH_MARKER;
    uint64_t last = (uint64_t)(a->written - 1) * BUFFER_BYTES;
    return write_all(a, &flags, sizeof flags, last + offsetof(struct buffer_header, flags), err);
}

static bool write_trace(struct assembly *a, struct recording_facts *facts, struct error *err)
{
    a->out = open(a->out_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (a->out < 0)
        return error_set(err, ERROR_IO, ERROR_NO_OFFSET, "cannot create '%s': %s", a->out_path,
                         strerror(errno));
    uint64_t now_ns = recording_clock_ns();
    a->written = 1;
    bool is_written = true;
    for (uint32_t i = 0; i < a->entry_count && is_written; i++)
        is_written = write_entry(a, i, err);
    is_written = is_written && write_head(a, facts, now_ns, err) && mark_last(a, err);
    if (close(a->out) != 0 && is_written)
        is_written = error_set(err, ERROR_IO, ERROR_NO_OFFSET, "cannot write '%s': %s", a->out_path,
                               strerror(errno));
    facts->trace_bytes = (uint64_t)a->written * BUFFER_BYTES;
    return is_written;
}

static bool read_head(struct assembly *a, struct recording_facts *facts, struct error *err)
{
    if (!read_some(a, &a->buffer, BUFFER_BYTES, 0, err))
        return false;
    const struct file_head *head = &a->buffer.head;
    if (head->buffer.buffer_bytes != BUFFER_BYTES || head->log.clock_hz != CLOCK_HZ)
        return error_set(err, ERROR_NOT_A_TRACE, 0, "the recording has lost its head");
    a->part_count = atomic_load(&head->log.processor_count);
    facts->events_lost = atomic_load(&head->log.events_lost);
    return true;
}

bool recording_assemble(const char *path, const char *trace_path, const struct command_end *command,
                        struct recording_facts *facts, struct error *err)
{
    *facts = (struct recording_facts){ 0 };
    char new_path[PATH_MAX];
    if ((size_t)snprintf(new_path, sizeof new_path, "%s.new", trace_path) >= sizeof new_path)
        return error_set(err, ERROR_IO, ERROR_NO_OFFSET, "the name '%.64s…' is too long",
                         trace_path);
    struct assembly *a = calloc(1, sizeof *a);
    if (!a)
        return no_memory(err);
    a->out_path = new_path;
    bool is_whole = false;
    a->in = open(path, O_RDONLY | O_CLOEXEC);
    if (a->in < 0) {
        error_set(err, ERROR_IO, ERROR_NO_OFFSET, "cannot open '%s': %s", path, strerror(errno));
        goto out;
    }
    if (!read_head(a, facts, err) || !list_entries(a, err) || !list_parts(a, err))
        goto out;
    facts->processes = a->order_count;
    find_ends(a, command, facts);
    if (!assign_lanes(a, facts, err) || !write_trace(a, facts, err))
        goto out;
    is_whole = rename(new_path, trace_path) == 0;
    if (!is_whole)
        error_set(err, ERROR_IO, ERROR_NO_OFFSET, "cannot write '%s': %s", trace_path,
                  strerror(errno));

out:
    if (a->in >= 0)
        close(a->in);
    if (!is_whole)
        unlink(new_path);
    free(a->entries);
    free(a->parts);
    free(a->in_order);
    free(a);
    return is_whole;
}
