/* The distinct call stacks of a trace's heap events, by id. */
#include "decoder/stacks.h"

#include <stdlib.h>
#include <string.h>

/* Steps of a search: a bucket holds one stack on average, and more of them only by intent. */
enum { STEPS_MAX = 32, RECORDS_START = 256 };
enum { CHUNK_FRAMES = 1 << 13 };

struct record {
    const uint64_t *frames; /* in a chunk; NULL: promised */
    uint64_t first_ns;
    uint64_t hash;
    uint32_t process;
    uint32_t generation;
    uint32_t next; /* id of an older stack of the same bucket, or STACK_NONE */
    uint16_t frame_count;
    bool is_found; /* in its bucket; not while promised, nor with the frames of another */
};

/* Frames never move, so that records can point at them. */
struct chunk {
    struct chunk *older;
    size_t used;
    uint64_t frames[CHUNK_FRAMES];
};

struct stacks {
    struct record *records; /* by id - 1 */
    uint32_t count, capacity;
    uint32_t *buckets; /* newest id of each, by the upper bits of the hash; `capacity` of them */
    struct chunk *chunk;
    size_t frame_bytes;
};

struct stacks *stacks_new(struct error *err)
{
    struct stacks *stacks = calloc(1, sizeof *stacks);
    if (!stacks)
        error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for call stacks");
    return stacks;
}

void stacks_free(struct stacks *stacks)
{
    if (!stacks)
        return;
    while (stacks->chunk) {
        struct chunk *older = stacks->chunk->older;
        free(stacks->chunk);
        stacks->chunk = older;
    }
    free(stacks->records);
    free(stacks->buckets);
    free(stacks);
}

size_t stacks_count(const struct stacks *stacks)
{
    return stacks->count;
}

struct stack stacks_at(const struct stacks *stacks, uint32_t id)
{
    const struct record *record = &stacks->records[id - 1];
    return (struct stack){ record->frames, record->frame_count, record->process, record->first_ns };
}

static bool no_memory(struct error *err)
{
    return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for another call stack");
}

/* Each step can be undone, so no two inputs are the same after it but for a reason. */
static uint64_t hash_of(const struct record *record, const uint64_t *frames, size_t count)
{
    const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15);
    uint64_t hash = ((uint64_t)record->process << 32 | record->generation) * odd + count;
    for (size_t i = 0; i < count; i++) {
        hash = (hash ^ frames[i]) * odd;
        hash ^= hash >> 32;
    }
    return hash * odd;
}

static uint32_t *bucket_of(const struct stacks *stacks, uint64_t hash)
{
    return &stacks->buckets[(hash >> 32) & (stacks->capacity - 1)];
}

static void link_record(struct stacks *stacks, uint32_t id)
{
    struct record *record = &stacks->records[id - 1];
    uint32_t *bucket = bucket_of(stacks, record->hash);
    record->next = *bucket;
    record->is_found = true;
    *bucket = id;
}

/* Twice the records, and as many buckets. */
static bool grow(struct stacks *stacks, struct error *err)
{
    uint32_t capacity = stacks->capacity ? 2 * stacks->capacity : RECORDS_START;
    uint32_t *buckets = calloc(capacity, sizeof *buckets);
    if (!buckets)
        return no_memory(err);
    struct record *records = realloc(stacks->records, capacity * sizeof *records);
    if (!records) {
        free(buckets);
        return no_memory(err);
    }
    free(stacks->buckets);
    stacks->buckets = buckets;
    stacks->records = records;
    stacks->capacity = capacity;
    for (uint32_t id = 1; id <= stacks->count; id++)
        if (records[id - 1].is_found)
            link_record(stacks, id);
    return true;
}

/* Room for `count` frames, or NULL: at the limit, or with `err` when there is no memory. */
static uint64_t *take_frames(struct stacks *stacks, size_t count, struct error *err)
{
    struct chunk *chunk = stacks->chunk;
    if (count * sizeof(uint64_t) > STACKS_FRAME_BYTES_MAX - stacks->frame_bytes)
        return NULL;
    if (!chunk || count > CHUNK_FRAMES - chunk->used) {
        chunk = malloc(sizeof *chunk);
        if (!chunk) {
            no_memory(err);
            return NULL;
        }
        chunk->older = stacks->chunk;
        chunk->used = 0;
        stacks->chunk = chunk;
    }
    uint64_t *frames = chunk->frames + chunk->used;
    chunk->used += count;
    stacks->frame_bytes += count * sizeof *frames;
    return frames;
}

/* The id of a stack that is like `wanted`, or STACK_NONE. */
static uint32_t find(const struct stacks *stacks, const struct record *wanted,
                     const uint64_t *frames)
{
    uint32_t id = stacks->capacity ? *bucket_of(stacks, wanted->hash) : STACK_NONE;
    for (int steps = 0; id != STACK_NONE && steps < STEPS_MAX; steps++) {
        const struct record *record = &stacks->records[id - 1];
        if (record->hash == wanted->hash && record->process == wanted->process &&
            record->generation == wanted->generation &&
            record->frame_count == wanted->frame_count &&
            memcmp(record->frames, frames, wanted->frame_count * sizeof *frames) == 0)
            return id;
        id = record->next;
    }
    return STACK_NONE;
}

static struct record record_of(const struct stack_owner *owner)
{
    return (struct record){ .process = owner->process,
                            .generation = owner->generation,
                            .first_ns = owner->time_ns };
}

bool stacks_intern(struct stacks *stacks, const struct stack_owner *owner, const uint64_t *frames,
                   size_t count, uint32_t *id, struct error *err)
{
    struct record record = record_of(owner);
    record.frame_count = (uint16_t)count;
    record.hash = hash_of(&record, frames, count);
    *id = find(stacks, &record, frames);
    if (*id != STACK_NONE || stacks->count == STACKS_MAX)
        return true;
    if (stacks->count == stacks->capacity && !grow(stacks, err))
        return false;
    uint64_t *copy = take_frames(stacks, count, err);
    if (!copy)
        return err->code == ERROR_NONE;
    memcpy(copy, frames, count * sizeof *copy);
    record.frames = copy;
    stacks->records[stacks->count++] = record;
    *id = stacks->count;
    link_record(stacks, *id);
    return true;
}

bool stacks_promise(struct stacks *stacks, const struct stack_owner *owner, uint32_t *id,
                    struct error *err)
{
    struct record record = record_of(owner);
    *id = STACK_NONE;
    if (stacks->count == STACKS_MAX)
        return true;
    if (stacks->count == stacks->capacity && !grow(stacks, err))
        return false;
    stacks->records[stacks->count++] = record;
    *id = stacks->count;
    return true;
}

/* One stack comes under many keys, one after the other: its frames are kept once. */
bool stacks_define(struct stacks *stacks, uint32_t id, const uint64_t *frames, size_t count,
                   bool *is_kept, struct error *err)
{
    struct record *record = &stacks->records[id - 1];
    record->frame_count = (uint16_t)count;
    record->hash = hash_of(record, frames, count);
    uint32_t twin = find(stacks, record, frames);
    *is_kept = true;
    if (twin != STACK_NONE) {
        record->frames = stacks->records[twin - 1].frames;
        return true;
    }
    uint64_t *copy = take_frames(stacks, count, err);
    *is_kept = copy;
    if (!copy) {
        record->frame_count = 0;
        return err->code == ERROR_NONE;
    }
    memcpy(copy, frames, count * sizeof *copy);
    record->frames = copy;
    link_record(stacks, id);
    return true;
}
