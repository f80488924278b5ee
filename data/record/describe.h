/* What a process tells about itself at its start: its name, its command line, its images. */
#ifndef DATA_RECORD_DESCRIBE_H
#define DATA_RECORD_DESCRIBE_H

#include <stddef.h>
#include <stdint.h>

/* Room that either payload may need. */
enum { DESCRIPTION_BYTES = 6144 };

/*
 * Writes the payload of Process Start to `out`, which has DESCRIPTION_BYTES, 8-aligned; returns its
 * size. `key` tells this process from another one with the same id.
 */
size_t describe_process(void *out, uint32_t process, uint64_t key);

/* A walk over /proc/self/maps. Zero-filled it is before the first; `descriptor` belongs to it. */
struct image_walk {
    int descriptor; /* 0: not open yet; -1: at the end */
    size_t held;    /* bytes of `text` in use */
    size_t next;    /* where the next line starts */
    char text[8192];
    char name[256]; /* of the file that was described last, without its folders or a NUL */
    size_t name_size;
};

/*
 * Writes the payload of the next Image Load to `out`, as above, and returns its size; 0 after the
 * last. The loader's own list would tell the same, but under a lock that another thread may hold
 * while it waits for malloc.
 */
size_t describe_next_image(struct image_walk *walk, void *out, uint32_t process);

#endif
