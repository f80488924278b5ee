/* Payloads of events about modules, their symbol files, and the names of volumes. */
#ifndef DECODER_IMAGE_EVENT_H
#define DECODER_IMAGE_EVENT_H

#include "decoder/event_header.h"

#include <stdbool.h>

/*
 * Types of group 0x14, and of group 3 under a header that names a group (phnt ntwmi.h
 * PERFINFO_LOG_TYPE_…IMAGE; PerfView ImageLoadTraceData; snail-server image.hpp): checked on real
 * events of versions 2 and 3 under SYSTEM, PERFINFO and FULL.
 */
enum image_opcode {
    IMAGE_UNLOAD = 2,
    IMAGE_DC_START = 3, /* was there when the trace began */
    IMAGE_DC_END = 4,   /* was there when it ended */
    IMAGE_LOAD = 10,
};
enum { IMAGE_ID_RSDS = 36 };     /* of GROUP_IMAGE_ID: what a PDB file is */
enum { SYS_CONFIG_VOLUME = 35 }; /* of GROUP_SYS_CONFIG: what a volume is called */

enum { IMAGE_PATH_SIZE = 4096, VOLUME_PATH_SIZE = 512, PDB_NAME_SIZE = 1024 };

struct image_event {
    uint64_t base, size;
    uint32_t pid;
    uint32_t checksum, timestamp; /* 0: the version does not tell */
    char path[IMAGE_PATH_SIZE];   /* UTF-8, cut to fit; of NT */
};

struct pdb_event {
    uint64_t base;
    uint32_t pid;
    uint32_t age;
    uint8_t guid[GUID_BYTES];
    char name[PDB_NAME_SIZE]; /* UTF-8, cut to fit */
};

struct volume_event {
    char nt_path[VOLUME_PATH_SIZE]; /* UTF-8; "\Device\HarddiskVolume3\" */
    char dos_path[VOLUME_PATH_SIZE];
};

static inline bool is_image_event(const struct event_header *header)
{
    return (header->group == GROUP_PROCESS && header->opcode == IMAGE_LOAD) ||
           (header->group == GROUP_IMAGE &&
            ((header->opcode >= IMAGE_UNLOAD && header->opcode <= IMAGE_DC_END) ||
             header->opcode == IMAGE_LOAD));
}

static inline bool is_pdb_event(const struct event_header *header)
{
    return header->group == GROUP_IMAGE_ID && header->opcode == IMAGE_ID_RSDS;
}

static inline bool is_volume_event(const struct event_header *header)
{
    return header->group == GROUP_SYS_CONFIG && header->opcode == SYS_CONFIG_VOLUME;
}

/*
 * All are false when the payload is too short for its fields: a text may lack its NUL, or be
 * missing as a whole but for that of a volume. An image of no bytes makes no sense either.
 * `*is_known` as in heap_event_decode.
 */
bool image_event_decode(const struct event_header *header, struct image_event *out, bool *is_known);
bool pdb_event_decode(const struct event_header *header, struct pdb_event *out);
bool volume_event_decode(const struct event_header *header, struct volume_event *out);

#endif
