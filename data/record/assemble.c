/* The trace that becomes of a recording: its buffers in order of time, its processes with an end.
 */
#include "data/record/assembly.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool assembly_no_memory(struct error *err)
{
    return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET,
                     "no memory to put the recording in order");
}

bool assembly_read(const struct assembly *a, void *out, size_t size, uint32_t index,
                   struct error *err)
{
    uint64_t offset = (uint64_t)index * BUFFER_BYTES;
    ssize_t got = pread(a->in, out, size, (off_t)offset);
    if (got < 0)
        return error_set(err, ERROR_IO, offset, "cannot read the recording: %s", strerror(errno));
    memset((char *)out + got, 0, size - (size_t)got);
    return true;
}

const struct event_header *assembly_event(const struct assembly *a, uint32_t offset,
                                          uint32_t filled)
{
    const void *at = a->buffer.bytes + offset;
    const struct event_header *event = at;
    if (filled - offset < sizeof *event || event_bytes(event) < sizeof *event ||
        event_bytes(event) > filled - offset)
        return NULL;
    return event;
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
    if (!assembly_read(a, &start, sizeof start, index, err))
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

/* In order of time; of one process, in the order of writing. */
static int compare_entries(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    int order = assembly_compare(a->first_ns, b->first_ns);
    order = order ? order : assembly_compare(a->part, b->part);
    order = order ? order : assembly_compare(a->sequence, b->sequence);
    return order ? order : assembly_compare(a->index, b->index);
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
        return assembly_no_memory(err);
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
    if (!assembly_read(a, &a->buffer, BUFFER_BYTES, part->first_index, err))
        return false;
    const struct event_header *start = assembly_event(a, sizeof a->buffer.header, BUFFER_BYTES);
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
    if (!assembly_read(a, &a->buffer, BUFFER_BYTES, entry->index, err))
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
    if (!assembly_read(a, &a->buffer, BUFFER_BYTES, 0, err))
        return false;
    struct file_head *head = &a->buffer.head;
    atomic_store(&head->log.buffers_written, a->written);
    atomic_store(&head->log.processor_count, facts->lanes ? facts->lanes : 1);
    atomic_store(&head->log.events_lost, facts->events_lost);
    head->buffer.stack_limit = 0;
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
    unlink(a->out_path); /* of a run that was killed */
    a->out = open(a->out_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
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
    if (!assembly_read(a, &a->buffer, BUFFER_BYTES, 0, err))
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
        return assembly_no_memory(err);
    a->out_path = new_path;
    bool is_whole = false;
    a->in = open(path, O_RDONLY | O_CLOEXEC);
    if (a->in < 0) {
        error_set(err, ERROR_IO, ERROR_NO_OFFSET, "cannot open '%s': %s", path, strerror(errno));
        goto out;
    }
    if (!read_head(a, facts, err) || !list_entries(a, err) ||
        !assembly_list_parts(a, command, facts, err) || !write_trace(a, facts, err))
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
