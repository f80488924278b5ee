/* The sizes chains went through, step by step, as far as memory for that goes. */
#include "analyzer/paths.h"

#include "analyzer/power_class.h"

#include <stdlib.h>

struct path {
    struct path **owner;
    size_t place; /* in paths.all */
    uint64_t copied_bytes;
    uint64_t noted;  /* steps so far */
    uint64_t stride; /* every so many of them are kept, and the last */
    size_t count;
    struct chain_step steps[CHAIN_STEPS];
};

static bool no_memory(struct error *err)
{
    return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for the paths of chains");
}

bool paths_reserve(struct paths *paths, struct error *err)
{
    if (!paths->all)
        paths->all = calloc(PATHS_MAX, sizeof(struct path *));
    if (!paths->all)
        return no_memory(err);
    if (paths->count < paths->made || paths->made == PATHS_MAX)
        return true;
    struct path *path = malloc(sizeof *path);
    if (!path)
        return no_memory(err);
    paths->all[paths->made++] = path;
    return true;
}

void paths_end(struct paths *paths, struct path *path)
{
    if (!path)
        return;
    struct path *last = paths->all[--paths->count];
    paths->all[path->place] = last;
    last->place = path->place;
    paths->all[paths->count] = path;
    *path->owner = NULL;
}

/* Half of the paths go: those with the lowest power class of copied bytes. */
static void drop_half(struct paths *paths)
{
    enum { CLASSES = 65 };
    size_t in_class[CLASSES] = { 0 };
    for (size_t i = 0; i < paths->count; i++)
        in_class[power_class(paths->all[i]->copied_bytes)]++;
    size_t edge = 0, to_drop = paths->count / 2;
    for (; in_class[edge] < to_drop; edge++)
        to_drop -= in_class[edge];

    /* From the end, so that paths_end fills the gap with one that has been looked at. */
    for (size_t i = paths->count; i-- > 0;) {
        size_t class = power_class(paths->all[i]->copied_bytes);
        if (class > edge || (class == edge && to_drop == 0))
            continue;
        to_drop -= class == edge;
        paths_end(paths, paths->all[i]);
    }
}

struct path *paths_begin(struct paths *paths, struct path **owner)
{
    if (paths->count == PATHS_MAX)
        drop_half(paths);
    struct path *path = paths->all[paths->count];
    path->owner = owner;
    path->place = paths->count++;
    path->copied_bytes = path->noted = path->count = 0; /* so its steps need no value */
    path->stride = 1;
    return path;
}

void paths_release(struct paths *paths)
{
    for (size_t i = 0; i < paths->made; i++)
        free(paths->all[i]);
    free(paths->all);
    *paths = (struct paths){ 0 };
}

/* Keeps every second of the steps, the first among them. */
static void thin(struct path *path)
{
    size_t kept = 0;
    for (size_t i = 0; i < path->count; i += 2)
        path->steps[kept++] = path->steps[i];
    path->count = kept;
    path->stride *= 2;
}

void path_note(struct path *path, const struct chain_step *step, uint64_t copied_bytes)
{
    if (!path)
        return;
    path->copied_bytes = copied_bytes;
    /* The last step is there only because it was the last, unless its number says otherwise. */
    if (path->noted > 0 && (path->noted - 1) % path->stride != 0)
        path->count--;
    if (path->count == CHAIN_STEPS)
        thin(path);
    struct chain_step *kept = &path->steps[path->count++];
    kept->time_ns = step->time_ns; /* one by one, as they have just been written */
    kept->bytes = step->bytes;
    kept->moved = step->moved;
    path->noted++;
}

size_t path_report(const struct path *path, struct chain_step steps[CHAIN_STEPS])
{
    for (size_t i = 0; path && i < path->count; i++)
        steps[i] = path->steps[i];
    return path ? path->count : 0;
}
