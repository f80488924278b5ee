/* The bytes of a trace that comes once and in order, as through a pipe. */
#include "decoder/window.h"

#include "decoder/archive_reader.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WAIT_MS = 200 };

/* Byte N of the trace is at N % bytes of the ring. */
struct window {
    struct window_feed feed;
    const uint8_t *rest; /* what the archive reader gave and the ring has not taken */
    size_t rest_bytes;
    uint64_t begin, end; /* offsets of what is in the ring */
    bool has_ended, is_cut;
    struct error damage;
    size_t bytes;  /* of the ring */
    uint8_t *ring; /* not touched before it is needed: memory grows with the trace */
};

static void close_feed(struct window_feed *feed)
{
    archive_reader_close(feed->reader);
    if (feed->fd >= 0)
        close(feed->fd);
    *feed = (struct window_feed){ .fd = -1 };
}

struct window *window_open(const struct window_feed *feed, struct error *err)
{
    struct window_feed taken = *feed;
    size_t bytes = taken.bytes ? taken.bytes : WINDOW_BYTES;
    if (bytes < WINDOW_BYTES_MIN)
        bytes = WINDOW_BYTES_MIN;
    struct window *window = calloc(1, sizeof *window);
    if (window)
        window->ring = malloc(bytes);
    if (!window || !window->ring) {
        error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET,
                  "no memory to read %zu bytes of a trace ahead", bytes);
        close_feed(&taken);
        free(window);
        return NULL;
    }
    window->feed = taken;
    window->bytes = bytes;
    return window;
}

void window_close(struct window *window)
{
    if (!window)
        return;
    close_feed(&window->feed);
    free(window->ring);
    free(window);
}

/* Up to `size` bytes from the pipe; `*got` 0 at its end. */
static bool read_pipe(struct window *window, uint8_t *to, size_t size, size_t *got,
                      struct error *err)
{
    struct pollfd waits = { .fd = window->feed.fd, .events = POLLIN };
    for (;;) {
        if (window->feed.is_stopped && window->feed.is_stopped()) {
            window->is_cut = true;
            return true;
        }
        if (poll(&waits, 1, WAIT_MS) <= 0)
            continue;
        ssize_t length = read(window->feed.fd, to, size);
        if (length >= 0) {
            *got = (size_t)length;
            return true;
        }
        if (errno != EINTR && errno != EAGAIN)
            return error_set_system(err, errno, "read it", NULL);
    }
}

/* The same from the archive. One that is damaged ends there. */
static bool read_archive(struct window *window, uint8_t *to, size_t size, size_t *got,
                         struct error *err)
{
    if (window->rest_bytes == 0) {
        const void *data = NULL;
        if (!archive_reader_next(window->feed.reader, &data, &window->rest_bytes,
                                 &window->damage)) {
            if (window->damage.code != ERROR_NOT_A_TRACE || window->end == 0)
                return error_set(err, window->damage.code, window->damage.offset, "%s",
                                 window->damage.message);
            window->rest_bytes = 0;
            window->is_cut = true;
        }
        window->rest = data;
    }
    *got = window->rest_bytes < size ? window->rest_bytes : size;
    if (*got == 0)
        return true;
    memcpy(to, window->rest, *got);
    window->rest += *got;
    window->rest_bytes -= *got;
    return true;
}

/* One piece more, as much as comes at once. */
static bool read_on(struct window *window, struct error *err)
{
    size_t at = (size_t)(window->end % window->bytes);
    size_t room = window->bytes - (size_t)(window->end - window->begin);
    size_t to_edge = window->bytes - at;
    size_t got = 0;
    if (room == 0)
        return error_set(err, ERROR_INTERNAL, window->end, "the window on the trace is full");
    if (room > to_edge)
        room = to_edge;
    bool is_read = window->feed.reader ? read_archive(window, window->ring + at, room, &got, err)
                                       : read_pipe(window, window->ring + at, room, &got, err);
    window->end += got;
    window->has_ended = is_read && got == 0;
    if (window->has_ended)
        close_feed(&window->feed);
    return is_read;
}

bool window_reach(struct window *window, uint64_t offset, struct error *err)
{
    while (window->end < offset && !window->has_ended)
        if (!read_on(window, err))
            return false;
    return true;
}

bool window_read(struct window *window, uint64_t offset, void *to, size_t size, size_t *got,
                 struct error *err)
{
    *got = 0;
    if (offset < window->begin)
        return error_set(err, ERROR_INTERNAL, offset, "the trace cannot be read again here");
    if (!window_reach(window, offset + size, err))
        return false;
    if (offset >= window->end)
        return true;
    uint64_t left = window->end - offset;
    *got = left < size ? (size_t)left : size;
    size_t at = (size_t)(offset % window->bytes);
    size_t to_edge = window->bytes - at;
    size_t first = *got < to_edge ? *got : to_edge;
    memcpy(to, window->ring + at, first);
    memcpy((uint8_t *)to + first, window->ring, *got - first);
    return true;
}

void window_forget(struct window *window, uint64_t offset)
{
    if (offset > window->end)
        offset = window->end;
    if (offset > window->begin)
        window->begin = offset;
}

uint64_t window_bytes(const struct window *window)
{
    return window->bytes;
}

uint64_t window_size(const struct window *window)
{
    return window->has_ended ? window->end : UINT64_MAX;
}

bool window_is_cut(const struct window *window)
{
    return window->is_cut;
}

const struct error *window_damage(const struct window *window)
{
    return &window->damage;
}
