/* Where the buffers of a trace are: by CPU, in the order in which each CPU filled them. */
#include "decoder/buffer_index.h"

#include <stdlib.h>
#include <string.h>

enum {
    MODE_CIRCULAR = 0x00000002, /* EVENT_TRACE_FILE_MODE_… (phnt ntwmi.h) */
    MODE_NEWFILE = 0x00000008,
    MODE_PREALLOCATE = 0x00000020,
};

static bool add_place(struct buffer_walk *walk, const struct buffer_header *header,
                      struct error *err)
{
    struct buffer_list *list = &walk->index->cpus[header->cpu];
    if (walk->indexed++ == BUFFERS_MAX)
        return error_set(err, ERROR_LIMIT, walk->offset,
                         "more than %d buffers; no option takes more", BUFFERS_MAX);
    if (list->count == list->capacity) {
        size_t capacity = list->capacity > 0 ? 2 * list->capacity : 16;
        struct buffer_place *places = realloc(list->places, capacity * sizeof *places);
        if (!places)
            return error_set(err, ERROR_NO_MEMORY, walk->offset, "no memory to index %zu buffers",
                             capacity);
        list->places = places;
        list->capacity = capacity;
    }
    if (walk->is_once && list->count > 0 &&
        header->sequence < list->places[list->count - 1].sequence)
        anomaly_note(walk->anomalies, ANOMALY_beyond_window, walk->offset);
    if (header->cpu >= walk->index->cpu_limit)
        walk->index->cpu_limit = header->cpu + 1u;
    list->places[list->count++] =
        (struct buffer_place){ walk->offset, header->sequence, walk->is_after_damage };
    walk->is_after_damage = false;
    return true;
}

/* Counts a buffer, and what its flags say was lost when the header of the file says nothing was. */
static bool take_buffer(struct buffer_walk *walk, const struct buffer_header *header,
                        struct error *err)
{
    walk->info->buffers++;
    if (header->flags & BUFFER_EVENTS_LOST && walk->info->events_lost == 0)
        anomaly_note(walk->anomalies, ANOMALY_events_lost, walk->offset);
    if (header->flags & BUFFER_BUFFERS_LOST && walk->info->buffers_lost == 0)
        anomaly_note(walk->anomalies, ANOMALY_buffers_lost, walk->offset);
    return header->used <= BUFFER_HEADER_BYTES || add_place(walk, header, err);
}

/* Whether a buffer may start at `offset`: the file ends there, or a header makes sense there. */
static bool may_start_at(const struct buffer_walk *walk, uint64_t offset, bool *may,
                         struct error *err)
{
    uint8_t bytes[BUFFER_HEADER_BYTES];
    size_t got;
    struct buffer_header header;

    if (!source_read(walk->source, offset, bytes, sizeof bytes, &got, err))
        return false;
    *may = offset == source_size(walk->source);
    if (got == sizeof bytes) {
        buffer_header_read(bytes, &header);
        *may = buffer_header_is_sane(&header) && header.type < BUFFER_TYPE_COUNT;
    }
    return true;
}

/*
 * How far the next buffer is. In an uncompressed file a size other than the file's is believed
 * unless it leads nowhere while the file's leads to a buffer.
 */
static bool find_stride(struct buffer_walk *walk, const struct buffer_header *header,
                        uint64_t *stride, struct error *err)
{
    uint32_t usual = walk->info->buffer_bytes;
    bool own_leads_on = false;
    bool usual_leads_on = false;

    *stride = header->size;
    if (walk->info->compressed || header->size == usual || header->used > usual)
        return true;
    if (!may_start_at(walk, walk->offset + header->size, &own_leads_on, err) ||
        !may_start_at(walk, walk->offset + usual, &usual_leads_on, err))
        return false;
    if (!own_leads_on && usual_leads_on) {
        anomaly_note(walk->anomalies, ANOMALY_buffer_damaged, walk->offset);
        *stride = usual;
    }
    return true;
}

/* Space that a preallocated file had no use for. */
static bool is_blank(const struct buffer_walk *walk, const uint8_t *bytes)
{
    static const uint8_t zeros[BUFFER_HEADER_BYTES];
    return walk->info->log_file_mode & MODE_PREALLOCATE && memcmp(bytes, zeros, sizeof zeros) == 0;
}

/*
 * A buffer that makes no sense. False ends the walk. Buffers of one size start at its multiples:
 * going to the next of them finds the way back even when a wrong size led astray before.
 */
static bool step_over_damage(struct buffer_walk *walk, const uint8_t *bytes)
{
    if (!is_blank(walk, bytes)) {
        anomaly_note(walk->anomalies, ANOMALY_buffer_damaged, walk->offset);
        walk->damaged++;
        walk->is_after_damage = true;
        walk->index->is_complete = !walk->info->compressed;
    }
    if (walk->info->compressed)
        return false;
    walk->offset = (walk->offset / walk->info->buffer_bytes + 1) * walk->info->buffer_bytes;
    return true;
}

/* One buffer. `*more` says whether another may follow. */
static bool step(struct buffer_walk *walk, bool *more, struct error *err)
{
    uint8_t bytes[BUFFER_HEADER_BYTES];
    size_t got;
    struct buffer_header header;
    uint64_t stride;

    if (!source_read(walk->source, walk->offset, bytes, sizeof bytes, &got, err))
        return false;
    *more = got == sizeof bytes;
    if (got == 0 && walk->offset >= source_size(walk->source))
        return true;
    if (!*more) {
        anomaly_note(walk->anomalies, ANOMALY_file_cut_off, walk->offset);
        return true;
    }
    buffer_header_read(bytes, &header);
    if (!buffer_header_is_sane(&header)) {
        *more = step_over_damage(walk, bytes);
        return true;
    }
    if (!find_stride(walk, &header, &stride, err))
        return false;
    if (!source_reach(walk->source, walk->offset + stride, err))
        return false;
    if (stride > source_size(walk->source) - walk->offset) {
        anomaly_note(walk->anomalies, ANOMALY_file_cut_off, walk->offset);
        *more = false;
        if (header.flags & BUFFER_COMPRESSED)
            return true;
    }
    if (!take_buffer(walk, &header, err))
        return false;
    walk->offset += stride;
    return true;
}

/*
 * A closed file holds as many buffers as its header says, but one that wraps or that was continued
 * in another file.
 */
static void check_count(const struct buffer_walk *walk)
{
    const struct trace_info *info = walk->info;
    if (info->end_filetime == 0 || info->log_file_mode & (MODE_CIRCULAR | MODE_NEWFILE) ||
        !walk->index->is_complete || walk->anomalies->count[ANOMALY_file_cut_off] > 0)
        return;
    if (info->buffers_written > info->buffers + walk->damaged)
        anomaly_note(walk->anomalies, ANOMALY_file_cut_off, info->file_bytes);
}

static int compare_places(const void *left, const void *right)
{
    const struct buffer_place *a = left;
    const struct buffer_place *b = right;
    if (a->offset == 0 || b->offset == 0)
        return (a->offset != 0) - (b->offset != 0);
    if (a->sequence != b->sequence)
        return a->sequence < b->sequence ? -1 : 1;
    return (a->offset > b->offset) - (a->offset < b->offset);
}

/* Files are in order already unless they are circular. */
static void sort_list(struct buffer_list *list)
{
    for (size_t i = 1; i < list->count; i++) {
        if (compare_places(&list->places[i - 1], &list->places[i]) > 0) {
            qsort(list->places, list->count, sizeof list->places[0], compare_places);
            return;
        }
    }
}

static void end_walk(struct buffer_walk *walk)
{
    uint64_t size = source_size(walk->source);
    walk->info->file_bytes = size != UINT64_MAX ? size : walk->offset; /* damage: no telling */
    check_count(walk);
    walk->index->ends_in_loss =
        walk->is_after_damage || walk->anomalies->count[ANOMALY_file_cut_off] > 0;
}

enum walk_step buffer_walk_next(struct buffer_walk *walk, struct error *err)
{
    bool more = false;
    if (walk->offset == 0)
        walk->index->is_complete = true;
    if (!step(walk, &more, err))
        return WALK_ERROR;
    if (more && walk->offset < source_size(walk->source))
        return WALK_MORE;
    end_walk(walk);
    return WALK_END;
}

bool buffer_index_build(struct buffer_index *index, const struct source *source,
                        struct trace_info *info, struct anomalies *anomalies, struct error *err)
{
    struct buffer_walk walk = {
        .index = index, .source = source, .info = info, .anomalies = anomalies
    };
    enum walk_step state;
    while ((state = buffer_walk_next(&walk, err)) == WALK_MORE)
        continue;
    for (size_t cpu = 0; cpu < index->cpu_limit; cpu++)
        sort_list(&index->cpus[cpu]);
    return state == WALK_END;
}

void buffer_index_release(struct buffer_index *index)
{
    for (size_t cpu = 0; cpu < index->cpu_limit; cpu++)
        free(index->cpus[cpu].places);
    *index = (struct buffer_index){ 0 };
}
