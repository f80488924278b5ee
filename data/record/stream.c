/* The stream of one recorded process. */
#include "data/record/stream.h"

#include "data/record/recorder.h"
#include "data/record/sys.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* How many events are lost before a file that refused one is tried again. */
enum { PATIENCE = 4096 };

/* A forked child goes on with its parent's. */
static struct file_head *head;
static char path[PATH_MAX];

/* ---- writing a full buffer ---- */

static uint32_t claim_buffer(void)
{
    return atomic_fetch_add_explicit(&head->log.buffers_written, 1, memory_order_relaxed);
}

void stream_count_lost(void)
{
    atomic_fetch_add_explicit(&head->log.events_lost, 1, memory_order_relaxed);
}

uint32_t stream_stack_limit(void)
{
    uint32_t limit = head->buffer.stack_limit;
    return limit < RECORDED_FRAMES_MAX ? limit : RECORDED_FRAMES_MAX;
}

/*
 * The file is opened anew each time, for a descriptor that stays open is one that the program may
 * close and get again as its own. Next to the writing that costs little.
 */
static int open_to_write(uint64_t end)
{
    return end > sys_file_size_limit() ? -1 : sys_open(path, O_RDWR);
}

static bool write_buffer(struct stream *stream, uint64_t time_ns)
{
    if (stream->claimed == 0)
        stream->claimed = claim_buffer();
    uint64_t offset = (uint64_t)stream->claimed * BUFFER_BYTES;
    int fd = open_to_write(offset + BUFFER_BYTES);
    if (fd < 0)
        return false;
    stream->buffer->time = time_ns;
    bool is_written = sys_write_at(fd, stream->buffer, BUFFER_BYTES, offset);
    sys_close(fd);
    if (!is_written)
        return false;
    /* Killed before this line, the buffer is in the file twice; the launcher drops the copy. */
    stream->filled = 0;
    stream_commit(stream, sizeof *stream->buffer);
    stream->buffer->time = 0;
    stream->buffer->sequence++;
    stream->claimed = 0;
    return true;
}

bool stream_flush(struct stream *stream, uint64_t time_ns)
{
    if (stream->patience > 0) {
        stream->patience--;
        return false;
    }
    int saved = errno;
    bool is_written = write_buffer(stream, time_ns);
    errno = saved;
    if (!is_written)
        stream->patience = PATIENCE;
    return is_written;
}

/* ---- the start of a process ---- */

/* A child that was forked with another environment goes on with its parent's file. */
static bool find_path(void)
{
    const char *named = path[0] ? NULL : getenv(RECORDING_VARIABLE);
    if (named && strlen(named) < sizeof path)
        strcpy(path, named);
    return path[0] != '\0';
}

static bool map_head(void)
{
    if (head)
        return true;
    int fd = sys_open(path, O_RDWR);
    if (fd < 0)
        return false;
    struct file_head *found = sys_map_shared(fd, 0, BUFFER_BYTES);
    sys_close(fd);
    if (!found)
        return false;
    /* What the variable names may be anything: nothing is written to what is no recording. */
    if (found->buffer.buffer_bytes != BUFFER_BYTES || found->buffer.type != TYPE_HEADER ||
        found->log.clock_hz != CLOCK_HZ || found->log.end_filetime != 0) {
        sys_unmap(found, BUFFER_BYTES);
        return false;
    }
    head = found;
    return true;
}

/*
 * The buffer is written before it is mapped: a write can fail where the disk is full, a mapping of
 * what is not there would kill the program.
 */
static struct buffer_header *map_buffer(uint32_t index, const struct buffer_header *first_bytes)
{
    enum { MADV_POPULATE_WRITE_LINUX_5_14 = 23, STEP = 4096 };
    static const char zeros[STEP];
    uint64_t offset = (uint64_t)index * BUFFER_BYTES;
    int fd = open_to_write(offset + BUFFER_BYTES);
    if (fd < 0)
        return NULL;
    bool is_written = true;
    for (uint64_t at = 0; at < BUFFER_BYTES && is_written; at += STEP)
        is_written = sys_write_at(fd, zeros, STEP, offset + at);
    is_written = is_written && sys_write_at(fd, first_bytes, sizeof *first_bytes, offset);
    void *buffer = is_written ? sys_map_shared(fd, offset, BUFFER_BYTES) : NULL;
    sys_close(fd);
    if (!buffer)
        return NULL;
    sys_advise(buffer, BUFFER_BYTES, MADV_DONTFORK);
    sys_advise(buffer, BUFFER_BYTES, MADV_POPULATE_WRITE_LINUX_5_14);
    return buffer;
}

bool stream_open(struct stream *stream)
{
    if (!find_path() || !map_head())
        return false;
    uint32_t part = atomic_fetch_add_explicit(&head->log.processor_count, 1, memory_order_relaxed);
    struct buffer_header first_bytes = {
        .buffer_bytes = BUFFER_BYTES,
        .sequence = 1,
        .processor = (uint16_t)(part % PROCESSOR_LIMIT),
        .filled = sizeof first_bytes,
        .flags = FLAG_PROCESSOR_INDEX,
        .type = TYPE_GENERIC,
        .part = part,
    };
    *stream = (struct stream){ .filled = sizeof first_bytes, .part = part };
    stream->buffer = map_buffer(claim_buffer(), &first_bytes);
    if (!stream->buffer)
        stream_count_lost(); /* of a whole process; the trace must say at least that */
    return stream->buffer != NULL;
}
