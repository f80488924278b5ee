/* The system calls of the recorder, straight to the kernel. */
#ifndef DATA_RECORD_SYS_H
#define DATA_RECORD_SYS_H

#include <fcntl.h>
#include <linux/futex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * The C library's wrappers are cancellation points, and the recorded program may have put its own
 * in their place (fakechroot does), which allocate. All of these may change errno.
 */

static inline int sys_open(const char *path, int flags)
{
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0);
}

static inline void sys_close(int fd)
{
    syscall(SYS_close, fd);
}

static inline long sys_read(int fd, void *out, size_t size)
{
    return syscall(SYS_read, fd, out, size);
}

/* Writes all of it; false when the system refuses. */
static inline bool sys_write_at(int fd, const void *data, size_t size, uint64_t offset)
{
    while (size > 0) {
        long written = syscall(SYS_pwrite64, fd, data, size, offset);
        if (written <= 0)
            return false;
        data = (const char *)data + written;
        size -= (size_t)written;
        offset += (uint64_t)written;
    }
    return true;
}

/* NULL when the system refuses. */
static inline void *sys_map_private(size_t size)
{
    long at =
        syscall(SYS_mmap, NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0L);
    return at == -1 ? NULL : (void *)at;
}

static inline void *sys_map_shared(int fd, uint64_t offset, size_t size)
{
    long at = syscall(SYS_mmap, NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);
    return at == -1 ? NULL : (void *)at;
}

static inline void sys_unmap(void *at, size_t size)
{
    syscall(SYS_munmap, at, size);
}

static inline bool sys_advise(void *at, size_t size, int advice)
{
    return syscall(SYS_madvise, at, size, advice) == 0;
}

/* Bytes a file may have: past them a write does not fail, it kills the program by SIGXFSZ. */
static inline uint64_t sys_file_size_limit(void)
{
    struct rlimit limit;
    if (syscall(SYS_prlimit64, 0, RLIMIT_FSIZE, NULL, &limit) != 0)
        return UINT64_MAX;
    return limit.rlim_cur;
}

static inline void sys_futex_wait(void *word, uint32_t value)
{
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static inline void sys_futex_wake_one(void *word)
{
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

#endif
