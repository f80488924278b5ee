/* The modules that the processes of a trace had loaded, and when. */
#include "decoder/images.h"

#include "decoder/image_index.h"
#include "decoder/image_ranges.h"
#include "decoder/pdb_names.h"
#include "decoder/volumes.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { PATH_SIZE = 4096, NO_IMAGE = -1 };

/* The address space that all processes share. */
#define KERNEL_SPACE UINT32_MAX

struct record {
    struct image image;
    uint32_t space;
    uint32_t next; /* another one of the same process, or NO_IMAGE */
};

/* What is known of a process, by its index. */
struct owner {
    uint32_t newest; /* image, or NO_IMAGE */
    uint32_t generation;
};

/* Made when the first module is looked up; void once another one has come. */
struct lookup {
    struct image_index *index;
    struct image_span *spans;
    size_t count;
};

struct images {
    struct record *records;
    size_t count, capacity;
    struct owner *owners;
    size_t owner_count;
    uint32_t kernel_generation;
    size_t text_bytes;
    struct image_ranges ranges;
    struct pdb_names pdbs; /* of modules that have not been told of */
    struct volumes volumes;
    struct lookup *lookup;
};

static bool no_memory(struct error *err)
{
    return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for modules");
}

struct images *images_new(struct error *err)
{
    struct images *images = calloc(1, sizeof *images);
    if (images)
        images->lookup = calloc(1, sizeof *images->lookup);
    if (images && images->lookup)
        return images;
    free(images);
    no_memory(err);
    return NULL;
}

static void forget_lookup(struct lookup *lookup)
{
    image_index_free(lookup->index);
    free(lookup->spans);
    *lookup = (struct lookup){ 0 };
}

void images_free(struct images *images)
{
    if (!images)
        return;
    for (size_t i = 0; i < images->count; i++) {
        free(images->records[i].image.path);
        free(images->records[i].image.pdb);
    }
    forget_lookup(images->lookup);
    free(images->lookup);
    image_ranges_release(&images->ranges);
    pdb_names_release(&images->pdbs);
    volumes_release(&images->volumes);
    free(images->owners);
    free(images->records);
    free(images);
}

size_t images_count(const struct images *images)
{
    return images->count;
}

const struct image *images_at(const struct images *images, size_t index)
{
    return &images->records[index].image;
}

uint32_t images_generation(const struct images *images, uint32_t process)
{
    uint32_t own = process < images->owner_count ? images->owners[process].generation : 0;
    return own + images->kernel_generation;
}

/* ---- Text ---- */

/* A copy that counts against the limit. NULL: no memory, with `err`, or the limit. */
static char *keep_text(struct images *images, const char *text, struct error *err)
{
    size_t size = strlen(text) + 1;
    if (size > IMAGE_TEXT_BYTES_MAX - images->text_bytes)
        return NULL;
    char *copy = malloc(size);
    if (!copy) {
        no_memory(err);
        return NULL;
    }
    memcpy(copy, text, size);
    images->text_bytes += size;
    return copy;
}

static void drop_text(struct images *images, char *text)
{
    images->text_bytes -= text ? strlen(text) + 1 : 0;
    free(text);
}

/* The path with the letter of its volume, if that is known: in `scratch`, or `path` itself. */
static const char *translate(const struct images *images, const char *path, char scratch[PATH_SIZE])
{
    for (size_t i = 0; i < images->volumes.count; i++)
        if (volume_translate(&images->volumes.list[i], path, scratch, PATH_SIZE) > 0)
            return scratch;
    return path;
}

bool images_note_volume(struct images *images, const char *nt_path, const char *dos_path,
                        struct error *err)
{
    char scratch[PATH_SIZE];
    const struct volume *volume;
    if (!volumes_add(&images->volumes, nt_path, dos_path, &volume, err))
        return false;
    for (size_t i = 0; volume && i < images->count; i++) {
        struct image *image = &images->records[i].image;
        if (volume_translate(volume, image->path, scratch, sizeof scratch) == 0)
            continue;
        char *path = keep_text(images, scratch, err);
        if (!path)
            return err->code == ERROR_NONE;
        drop_text(images, image->path);
        image->path = path;
    }
    return true;
}

/* ---- Modules ---- */

static bool make_owner(struct images *images, uint32_t process, struct error *err)
{
    if (process < images->owner_count)
        return true;
    size_t count = (size_t)process + 1 + process / 2;
    struct owner *owners = realloc(images->owners, count * sizeof *owners);
    if (!owners)
        return no_memory(err);
    for (size_t i = images->owner_count; i < count; i++)
        owners[i] = (struct owner){ .newest = (uint32_t)NO_IMAGE };
    images->owners = owners;
    images->owner_count = count;
    return true;
}

static struct image_range range_of(const struct image_facts *facts)
{
    bool fits = facts->size <= UINT64_MAX - facts->base;
    return (struct image_range){ .space = facts->is_kernel ? KERNEL_SPACE : facts->process,
                                 .base = facts->base,
                                 .end = fits ? facts->base + facts->size : UINT64_MAX };
}

/* Behind the last backslash: the folder of one file is told in several ways. */
static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '\\');
    return slash ? slash + 1 : path;
}

static bool may_be_equal(uint32_t a, uint32_t b)
{
    return a == b || a == 0 || b == 0;
}

static bool is_same(const struct image *image, const struct image_facts *facts)
{
    return image->base == facts->base && image->size == facts->size &&
           may_be_equal(image->timestamp, facts->timestamp) &&
           may_be_equal(image->checksum, facts->checksum) &&
           strcasecmp(file_name(image->path), file_name(facts->path)) == 0;
}

/*
 * Takes all modules out of a range, whose addresses mean something else from now on. Returns since
 * when it is free.
 */
static uint64_t clear_range(struct images *images, const struct image_range *range,
                            uint64_t time_ns)
{
    uint64_t free_since_ns = 0;
    bool was_used = false;
    const struct image_range *found;
    while ((found = image_ranges_find(&images->ranges, range))) {
        struct image *image = &images->records[found->image].image;
        if (image->unload_ns > time_ns)
            image->unload_ns = time_ns;
        if (image->unload_ns > free_since_ns)
            free_since_ns = image->unload_ns;
        image_ranges_remove(&images->ranges, found);
        was_used = true;
    }
    if (was_used && range->space == KERNEL_SPACE)
        images->kernel_generation++;
    else if (was_used)
        images->owners[range->space].generation++;
    return free_since_ns;
}

static bool make_room(struct images *images, struct error *err)
{
    if (images->count < images->capacity)
        return true;
    size_t capacity = images->capacity ? 2 * images->capacity : 64;
    struct record *records = realloc(images->records, capacity * sizeof *records);
    if (!records)
        return no_memory(err);
    images->records = records;
    images->capacity = capacity;
    return true;
}

/* Adds a module. NULL: no memory, with `err`, or a limit. */
static struct image *add(struct images *images, const struct image_facts *facts,
                         struct image_range range, struct error *err)
{
    if (images->count == IMAGES_MAX || !make_room(images, err))
        return NULL;
    char *path = keep_text(images, facts->path, err);
    if (!path)
        return NULL;
    range.image = (uint32_t)images->count;
    if (!image_ranges_add(&images->ranges, &range)) {
        drop_text(images, path);
        no_memory(err);
        return NULL;
    }
    struct record *record = &images->records[images->count++];
    struct owner *owner = &images->owners[facts->process];
    *record = (struct record){ .space = range.space, .next = owner->newest };
    record->image = (struct image){ .base = range.base,
                                    .size = range.end - range.base,
                                    .process = facts->process,
                                    .unload_ns = UINT64_MAX,
                                    .path = path };
    owner->newest = range.image;
    return &record->image;
}

/* The symbol file that was told of before the module. */
static void take_pdb(struct images *images, struct image *image, uint32_t space)
{
    struct pdb_name *pdb = pdb_names_take(&images->pdbs, space, image->base);
    if (!pdb)
        return;
    image->pdb = pdb->name;
    image->pdb_age = pdb->age;
    memcpy(image->pdb_guid, pdb->guid, sizeof image->pdb_guid);
    free(pdb);
}

static struct image *find_or_add(struct images *images, enum image_happening what,
                                 const struct image_facts *facts, uint64_t time_ns,
                                 struct error *err)
{
    struct image_range range = range_of(facts);
    const struct image_range *found = image_ranges_find(&images->ranges, &range);
    if (found && is_same(&images->records[found->image].image, facts))
        return &images->records[found->image].image;
    uint64_t free_since_ns = found ? clear_range(images, &range, time_ns) : 0;
    struct image *image = add(images, facts, range, err);
    if (!image)
        return NULL;
    image->load_ns = what == IMAGE_LOADED ? time_ns : free_since_ns;
    take_pdb(images, image, range.space);
    return image;
}

bool images_note(struct images *images, enum image_happening what, const struct image_facts *facts,
                 uint64_t time_ns, bool *is_kept, struct error *err)
{
    char scratch[PATH_SIZE];
    struct image_facts translated = *facts;
    translated.path = translate(images, facts->path, scratch);
    *is_kept = false;
    if (range_of(facts).base >= range_of(facts).end)
        return true;
    if (!make_owner(images, facts->process, err))
        return false;
    struct image *image = find_or_add(images, what, &translated, time_ns, err);
    if (!image)
        return err->code == ERROR_NONE;
    if (image->checksum == 0)
        image->checksum = facts->checksum;
    if (image->timestamp == 0)
        image->timestamp = facts->timestamp;
    image->unload_ns = what == IMAGE_UNLOADED ? time_ns : UINT64_MAX;
    *is_kept = true;
    return true;
}

void images_end_process(struct images *images, uint32_t process, uint64_t time_ns)
{
    if (process >= images->owner_count)
        return;
    for (uint32_t i = images->owners[process].newest; i != (uint32_t)NO_IMAGE;
         i = images->records[i].next)
        if (images->records[i].space != KERNEL_SPACE &&
            images->records[i].image.unload_ns > time_ns)
            images->records[i].image.unload_ns = time_ns;
}

/* Keeps the name for a module to come. */
static bool keep_pdb(struct images *images, const struct image_range *place,
                     const struct pdb_facts *facts, bool *is_kept, struct error *err)
{
    *is_kept = true;
    if (pdb_names_has(&images->pdbs, place->space, place->base))
        return true;
    struct pdb_name pdb = { .space = place->space, .base = place->base, .age = facts->age };
    memcpy(pdb.guid, facts->guid, sizeof pdb.guid);
    if (images->pdbs.count < IMAGES_MAX)
        pdb.name = keep_text(images, facts->name, err);
    *is_kept = pdb.name;
    if (!pdb.name)
        return err->code == ERROR_NONE;
    if (pdb_names_add(&images->pdbs, &pdb))
        return true;
    drop_text(images, pdb.name);
    return no_memory(err);
}

bool images_note_pdb(struct images *images, const struct pdb_facts *facts, bool *is_kept,
                     struct error *err)
{
    const struct image_range place = { .space = facts->is_kernel ? KERNEL_SPACE : facts->process,
                                       .base = facts->base,
                                       .end = facts->base + 1 };
    const struct image_range *found =
        place.end > 0 ? image_ranges_find(&images->ranges, &place) : NULL;
    if (!found || found->base != facts->base)
        return keep_pdb(images, &place, facts, is_kept, err);
    struct image *image = &images->records[found->image].image;
    *is_kept = true;
    if (image->pdb)
        return true; /* the rundown at the end of a trace says it once more */
    image->pdb = keep_text(images, facts->name, err);
    *is_kept = image->pdb;
    if (!image->pdb)
        return err->code == ERROR_NONE;
    image->pdb_age = facts->age;
    memcpy(image->pdb_guid, facts->guid, sizeof image->pdb_guid);
    return true;
}

/* ---- Looking up ---- */

static bool make_lookup(const struct images *images)
{
    struct lookup *lookup = images->lookup;
    if (lookup->index && lookup->count == images->count)
        return true;
    forget_lookup(lookup);
    lookup->spans = malloc((images->count + 1) * sizeof *lookup->spans);
    if (!lookup->spans)
        return false;
    for (size_t i = 0; i < images->count; i++) {
        const struct image *image = &images->records[i].image;
        lookup->spans[i] =
            (struct image_span){ images->records[i].space, image->base, image->base + image->size,
                                 image->load_ns, image->unload_ns };
    }
    lookup->index = image_index_new(lookup->spans, images->count);
    lookup->count = images->count;
    return lookup->index;
}

bool images_finish(const struct images *images, struct error *err)
{
    return images->count == 0 || make_lookup(images) || no_memory(err);
}

size_t images_find(const struct images *images, uint32_t process, uint64_t address,
                   uint64_t time_ns)
{
    if (images->count == 0 || !make_lookup(images))
        return SIZE_MAX;
    size_t found = image_index_find(images->lookup->index, process, address, time_ns);
    if (found == SIZE_MAX)
        found = image_index_find(images->lookup->index, KERNEL_SPACE, address, time_ns);
    return found;
}
