/* The file that recorded processes write to. */
#include "data/record/recording.h"

#include "data/record/layout.h"
#include "data/record/utf16.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    FILETIME_HZ = 10000000,
    SEQUENTIAL_MODE = 1,
    PERFORMANCE_COUNTER = 1,
    NAME_UNITS = 1024,
    STRINGS_BYTES = 2 * 2 * NAME_UNITS,
};

static uint64_t read_clock(clockid_t clock, uint64_t ticks_per_second)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * ticks_per_second +
           (uint64_t)now.tv_nsec / (CLOCK_HZ / ticks_per_second);
}

uint64_t recording_clock_ns(void)
{
    return read_clock(CLOCK_MONOTONIC, CLOCK_HZ);
}

static uint64_t filetime_now(void)
{
    const uint64_t seconds_from_1601_to_1970 = UINT64_C(11644473600);
    return read_clock(CLOCK_REALTIME, FILETIME_HZ) + seconds_from_1601_to_1970 * FILETIME_HZ;
}

/* The names of the logger and of the file, each with its NUL. Returns the bytes used. */
static size_t write_names(uint16_t *out, const char *trace_name)
{
    static const char logger[] = "heapfrag record";
    size_t units = utf16_from_utf8(out, NAME_UNITS, logger, sizeof logger - 1);
    units += utf16_from_utf8(out + units, NAME_UNITS, trace_name, strlen(trace_name));
    return units * sizeof *out;
}

static void fill_head(struct file_head *head, size_t names_bytes, uint32_t stack_limit)
{
    uint64_t start_filetime = filetime_now();
    uint32_t event_bytes = (uint32_t)(sizeof head->event + sizeof head->log + names_bytes);
    uint32_t filled = (uint32_t)sizeof head->buffer + event_stride(event_bytes);
    head->buffer = (struct buffer_header){
        .buffer_bytes = BUFFER_BYTES,
        .saved_offset = filled,
        .filled = filled,
        .flags = FLAG_PROCESSOR_INDEX | FLAG_FLUSH_MARKER,
        .type = TYPE_HEADER,
        .stack_limit = stack_limit,
    };
    head->event = (struct event_header){
        .marker = EVENT_MARKER(2),
        .bytes = (uint16_t)event_bytes,
        .hook = HOOK_LOG_FILE_HEADER,
        .thread = (uint32_t)getpid(),
        .process = (uint32_t)getpid(),
        .time = recording_clock_ns(),
    };
    head->log = (struct log_file_header){
        .buffer_bytes = BUFFER_BYTES,
        .os_major = 10,
        .layout_major = 1,
        .layout_minor = 5,
        .timer_resolution = 156250,
        .mode = SEQUENTIAL_MODE,
        .buffers_written = 1,
        .start_buffers = 1,
        .pointer_bytes = sizeof(void *),
        .boot_filetime = start_filetime - read_clock(CLOCK_BOOTTIME, FILETIME_HZ),
        .clock_hz = CLOCK_HZ,
        .start_filetime = start_filetime,
        .clock_type = PERFORMANCE_COUNTER,
    };
}

bool recording_create(const char *path, const char *trace_name, uint32_t stack_limit,
                      struct error *err)
{
    static union {
        struct file_head head;
        char bytes[BUFFER_BYTES];
    } buffer;
    memset(&buffer, FILLER, sizeof buffer);
    char *names = buffer.bytes + sizeof buffer.head;
    memset(names, 0, STRINGS_BYTES);
    size_t names_bytes = write_names((uint16_t *)(void *)names, trace_name);
    fill_head(&buffer.head, names_bytes, stack_limit);
    uint32_t filled = atomic_load(&buffer.head.buffer.filled);
    memset(buffer.bytes + filled, FILLER, sizeof buffer - filled);

    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0 && errno == EEXIST)
        return error_set(err, ERROR_IO, ERROR_NO_OFFSET,
                         "'%s' exists: another recording, or one that was cut off (it can be "
                         "read as it is)",
                         path);
    if (fd < 0)
        return error_set(err, ERROR_IO, ERROR_NO_OFFSET, "cannot create '%s': %s", path,
                         strerror(errno));
    bool is_written = write(fd, &buffer, sizeof buffer) == (ssize_t)sizeof buffer;
    if (close(fd) != 0 || !is_written) {
        unlink(path);
        return error_set(err, ERROR_IO, ERROR_NO_OFFSET, "cannot write '%s': %s", path,
                         strerror(errno));
    }
    return true;
}
