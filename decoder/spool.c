/* A copy of a trace in a temporary file, for what can be read only once or not in any order. */
#include "decoder/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *spool_folder(void)
{
    const char *folder = getenv("TMPDIR");
    return folder && folder[0] ? folder : "/tmp";
}

static bool refuse(struct error *err, const char *what, int number)
{
    char reason[128];
    if (strerror_r(number, reason, sizeof reason) != 0)
        reason[0] = '\0';
    return error_set(err, ERROR_IO, ERROR_NO_OFFSET,
                     "cannot %s a temporary file in %.200s: %s; TMPDIR chooses another folder",
                     what, spool_folder(), reason);
}

bool spool_open(struct spool *spool, uint64_t bytes_max, struct error *err)
{
    char path[PATH_MAX];
    *spool = (struct spool){ .fd = -1, .bytes_max = bytes_max };
    int length = snprintf(path, sizeof path, "%s/heapfrag-XXXXXX", spool_folder());
    if (length < 0 || (size_t)length >= sizeof path)
        return refuse(err, "make", ENAMETOOLONG);
    int fd = mkstemp(path);
    if (fd < 0)
        return refuse(err, "make", errno);
    if (unlink(path) != 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) {
        refuse(err, "make", errno);
        close(fd);
        return false;
    }
    spool->fd = fd;
    return true;
}

void spool_close(struct spool *spool)
{
    if (spool->fd >= 0)
        close(spool->fd);
    spool->fd = -1;
}

bool spool_append(struct spool *spool, const void *data, size_t size, struct error *err)
{
    const char *from = data;
    if (size > spool->bytes_max - spool->bytes)
        return error_set(err, ERROR_LIMIT, ERROR_NO_OFFSET,
                         "it is larger than %" PRIu64 " bytes, the limit for a temporary file; "
                         "--max-spool sets another",
                         spool->bytes_max);
    while (size > 0) {
        ssize_t written = write(spool->fd, from, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return refuse(err, "write", errno);
        from += written;
        size -= (size_t)written;
        spool->bytes += (size_t)written;
    }
    return true;
}
