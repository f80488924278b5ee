/* From events about modules to struct images. */
#ifndef DECODER_MODULE_READER_H
#define DECODER_MODULE_READER_H

#include "decoder/anomaly.h"
#include "decoder/image_event.h"
#include "decoder/images.h"
#include "decoder/processes.h"

struct module_reader {
    struct images *images;
    union { /* scratch: too large for the stack */
        struct image_event image;
        struct pdb_event pdb;
        struct volume_event volume;
    };
};

bool module_reader_init(struct module_reader *reader, struct error *err);
void module_reader_release(struct module_reader *reader); /* safe on zero-filled */

static inline bool is_module_event(const struct event_header *header)
{
    return is_image_event(header) || is_pdb_event(header) || is_volume_event(header);
}

/*
 * Takes such an event. Counts what makes no sense (payload_undecodable, version_unknown) or comes
 * after a limit (module_dropped). What a trace tells of a process that has ended makes no
 * new one, unless it is that a module is loaded there. False is as processes_find says.
 *
 * The kernel's are the modules of process 0 (the kernel itself, by its events) and 4 (System), and
 * all in the upper half of the address space.
 */
bool module_reader_take(struct module_reader *reader, const struct event_header *header,
                        uint64_t time_ns, uint64_t offset, struct processes *processes,
                        struct anomalies *anomalies, struct error *err);

#endif
