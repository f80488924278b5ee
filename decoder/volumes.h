/* From paths of the NT kernel to those that people write: \Device\HarddiskVolume3\… to C:\… */
#ifndef DECODER_VOLUMES_H
#define DECODER_VOLUMES_H

#include "decoder/error.h"

#include <stddef.h>

/* Letters there are 26, and a few names that stand for a folder: more are of no use. */
enum { VOLUMES_MAX = 64 };

struct volume {
    char *nt_path; /* owned, as is the next; both without a backslash at their end */
    char *dos_path;
};

/* Zero-filled is empty. */
struct volumes {
    struct volume list[VOLUMES_MAX];
    size_t count;
};

void volumes_release(struct volumes *volumes);

/*
 * Keeps what a volume is called and sets `*added` to it. NULL there: the name is not that of a
 * drive letter, the volume has one, or there are VOLUMES_MAX. False is ERROR_NO_MEMORY.
 */
bool volumes_add(struct volumes *volumes, const char *nt_path, const char *dos_path,
                 const struct volume **added, struct error *err);

/* Writes the DOS form of `path` to `to` and returns its length, or 0 if it is not of `volume`. */
size_t volume_translate(const struct volume *volume, const char *path, char *to, size_t to_size);

#endif
