/* Where the bytes of a trace come from: a file, memory, or a window on what comes only once. */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* preadv */
#endif
#include "decoder/source.h"

#include "decoder/window.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

bool source_open_file(struct source *source, const char *path, struct error *err)
{
    *source = (struct source){ .fd = -1 };
    /* Not to wait for the other end of a pipe, which would be refused anyway. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return error_set_system(err, errno, "open", path);
    struct stat status;
    if (fstat(fd, &status) != 0)
        error_set_system(err, errno, "examine", path);
    else if (S_ISDIR(status.st_mode))
        error_set(err, ERROR_IO, ERROR_NO_OFFSET, "%s is a directory, not a trace", path);
    else if (!S_ISREG(status.st_mode))
        error_set(err, ERROR_IO, ERROR_NO_OFFSET,
                  "%s is not a regular file, and a trace is read more than once", path);
    else
        *source = (struct source){ .fd = fd, .size = (uint64_t)status.st_size };
    if (source->fd < 0)
        close(fd);
    return source->fd >= 0;
}

bool source_share(struct source *source, const struct source *other, struct error *err)
{
    *source = *other;
    if (other->memory || other->window)
        return true;
    source->fd = fcntl(other->fd, F_DUPFD_CLOEXEC, 0);
    return source->fd >= 0 || error_set_system(err, errno, "open the trace once more", NULL);
}

void source_open_memory(struct source *source, const void *data, size_t size)
{
    static const uint8_t nothing[1];
    *source = (struct source){ .memory = size > 0 ? data : nothing, .fd = -1, .size = size };
}

void source_close(struct source *source)
{
    if (source->fd >= 0)
        close(source->fd);
    source->fd = -1;
}

uint64_t source_size(const struct source *source)
{
    return source->window ? window_size(source->window) : source->size;
}

bool source_is_cut(const struct source *source)
{
    return source->is_cut || (source->window && window_is_cut(source->window));
}

bool source_reach(const struct source *source, uint64_t offset, struct error *err)
{
    return !source->window || window_reach(source->window, offset, err);
}

static size_t copy_from_memory(const struct source *source, uint64_t offset, void *to, size_t size)
{
    if (offset >= source->size)
        return 0;
    uint64_t rest = source->size - offset;
    size_t length = rest < size ? (size_t)rest : size;
    memcpy(to, source->memory + offset, length);
    return length;
}

bool source_read(const struct source *source, uint64_t offset, void *to, size_t size, size_t *got,
                 struct error *err)
{
    *got = 0;
    if (source->memory) {
        *got = copy_from_memory(source, offset, to, size);
        return true;
    }
    if (source->window)
        return window_read(source->window, offset, to, size, got, err);
    while (*got < size) {
        ssize_t length =
            pread(source->fd, (uint8_t *)to + *got, size - *got, (off_t)(offset + *got));
        if (length < 0 && errno == EINTR)
            continue;
        if (length < 0)
            return error_set_system(err, errno, "read the trace", NULL);
        if (length == 0)
            return true;
        *got += (size_t)length;
    }
    return true;
}

size_t source_read_parts(const struct source *source, uint64_t offset,
                         const struct source_part *parts, size_t count)
{
    struct iovec vectors[SOURCE_PARTS_MAX];
    assert(source->fd >= 0 && count <= SOURCE_PARTS_MAX);
    for (size_t i = 0; i < count; i++)
        vectors[i] = (struct iovec){ parts[i].to, parts[i].size };
    ssize_t got = preadv(source->fd, vectors, (int)count, (off_t)offset);
    return got > 0 ? (size_t)got : 0;
}
