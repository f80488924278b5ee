/* From events about modules to struct images. */
#include "decoder/module_reader.h"

enum { PID_KERNEL = 0, PID_SYSTEM = 4 };

bool module_reader_init(struct module_reader *reader, struct error *err)
{
    reader->images = images_new(err);
    return reader->images;
}

void module_reader_release(struct module_reader *reader)
{
    images_free(reader->images);
}

static bool is_of_kernel(uint32_t pid, uint64_t base, size_t pointer_bytes)
{
    return pid == PID_KERNEL || pid == PID_SYSTEM || is_kernel_address(base, pointer_bytes);
}

/* The process that has the module, or PROCESS_NONE: it has ended. */
static bool find_process(struct processes *processes, uint32_t pid, bool may_be_new,
                         uint32_t *process, struct error *err)
{
    *process = processes_latest(processes, pid);
    bool is_there =
        *process != PROCESS_NONE && processes->list[*process].end_ns == PROCESS_TIME_UNKNOWN;
    if (is_there)
        return true;
    if (may_be_new || *process == PROCESS_NONE)
        return processes_find(processes, pid, process, err);
    *process = PROCESS_NONE;
    return true;
}

static enum image_happening happening_of(uint8_t opcode)
{
    switch (opcode) {
    case IMAGE_LOAD:
        return IMAGE_LOADED;
    case IMAGE_UNLOAD:
        return IMAGE_UNLOADED;
    default:
        return IMAGE_SEEN;
    }
}

static bool take_image(struct module_reader *reader, const struct event_header *header,
                       uint64_t time_ns, struct processes *processes, bool *is_kept,
                       struct error *err)
{
    const struct image_event *image = &reader->image;
    struct image_facts facts = {
        .is_kernel = is_of_kernel(image->pid, image->base, header->pointer_bytes),
        .base = image->base,
        .size = image->size,
        .checksum = image->checksum,
        .timestamp = image->timestamp,
        .path = image->path,
    };
    if (!find_process(processes, image->pid, header->opcode != IMAGE_UNLOAD, &facts.process, err))
        return false;
    return facts.process == PROCESS_NONE ||
           images_note(reader->images, happening_of(header->opcode), &facts, time_ns, is_kept, err);
}

static bool take_pdb(struct module_reader *reader, const struct event_header *header,
                     struct processes *processes, bool *is_kept, struct error *err)
{
    const struct pdb_event *pdb = &reader->pdb;
    struct pdb_facts facts = {
        .process = processes_latest(processes, pdb->pid),
        .is_kernel = is_of_kernel(pdb->pid, pdb->base, header->pointer_bytes),
        .base = pdb->base,
        .guid = pdb->guid,
        .age = pdb->age,
        .name = pdb->name,
    };
    if (facts.process == PROCESS_NONE && !processes_find(processes, pdb->pid, &facts.process, err))
        return false;
    return images_note_pdb(reader->images, &facts, is_kept, err);
}

bool module_reader_take(struct module_reader *reader, const struct event_header *header,
                        uint64_t time_ns, uint64_t offset, struct processes *processes,
                        struct anomalies *anomalies, struct error *err)
{
    bool is_decoded, is_done = true, is_known = true, is_kept = true;
    if (is_image_event(header)) {
        is_decoded = image_event_decode(header, &reader->image, &is_known);
        if (is_decoded)
            is_done = take_image(reader, header, time_ns, processes, &is_kept, err);
    } else if (is_pdb_event(header)) {
        is_decoded = pdb_event_decode(header, &reader->pdb);
        if (is_decoded)
            is_done = take_pdb(reader, header, processes, &is_kept, err);
    } else {
        is_decoded = volume_event_decode(header, &reader->volume);
        if (is_decoded)
            is_done = images_note_volume(reader->images, reader->volume.nt_path,
                                         reader->volume.dos_path, err);
    }
    if (!is_decoded)
        anomaly_note(anomalies, ANOMALY_payload_undecodable, offset);
    if (!is_known)
        anomaly_note(anomalies, ANOMALY_version_unknown, offset);
    if (!is_kept && is_done)
        anomaly_note(anomalies, ANOMALY_module_dropped, offset);
    return is_done;
}
