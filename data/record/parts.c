/* The processes of a recording: when they ended, which processor index they get. */
#include "data/record/assembly.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The latest time that the buffer in hand tells: of its last event, or of the exit. */
static uint64_t last_time(const struct assembly *a, uint32_t filled)
{
    uint64_t time = a->buffer.header.time;
    const struct event_header *event;
    for (uint32_t at = sizeof a->buffer.header; (event = assembly_event(a, at, filled)) != NULL;
         at += event_stride(event_bytes(event)))
        if (event->time > time)
            time = event->time;
    return time;
}

/* Dead ones that nobody has waited for do not count. */
static bool is_running(uint32_t process)
{
    char path[64], line[512];
    snprintf(path, sizeof path, "/proc/%u/stat", process);
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    char *got = fgets(line, sizeof line, file);
    fclose(file);
    const char *name_end = got ? strrchr(line, ')') : NULL;
    return name_end && name_end[1] == ' ' && name_end[2] != 'Z' && name_end[2] != 'X';
}

/* The process id, and the end as far as the part itself tells. */
static bool read_part(struct assembly *a, struct place *place, struct error *err)
{
    struct part *part = &a->parts[place->number];
    const struct entry *last = &a->entries[part->last_entry];
    if (!assembly_read(a, &a->buffer, BUFFER_BYTES, part->first_index, err))
        return false;
    const struct event_header *start = assembly_event(a, sizeof a->buffer.header, BUFFER_BYTES);
    place->process = start ? start->process : 0;
    if (!assembly_read(a, &a->buffer, BUFFER_BYTES, last->index, err))
        return false;
    part->end_ns = last_time(a, last->filled);
    return true;
}

static int compare_by_start(const void *left, const void *right)
{
    const struct place *a = left, *b = right;
    int order = assembly_compare(a->first_ns, b->first_ns);
    return order ? order : assembly_compare(a->number, b->number);
}

static int compare_by_process(const void *left, const void *right)
{
    const struct place *a = left, *b = right;
    int order = assembly_compare(a->process, b->process);
    return order ? order : compare_by_start(left, right);
}

/*
 * The end of a part is the latest that is known: the command's when it was waited for; else what
 * was noted at exit; else the last event. A part with a later one of the same process id has ended
 * too: by exec, or else the id was used again.
 */
static void find_ends(struct assembly *a, const struct command_end *command,
                      struct recording_facts *facts)
{
    qsort(a->in_order, a->order_count, sizeof *a->in_order, compare_by_process);
    for (uint32_t i = 0; i < a->order_count; i++) {
        const struct place *place = &a->in_order[i];
        struct part *part = &a->parts[place->number];
        bool is_command = place->process == (uint32_t)command->process;
        bool has_later = i + 1 < a->order_count && place[1].process == place->process;
        facts->has_command = facts->has_command || is_command;
        part->has_ended = has_later || is_command || !is_running(place->process);
        facts->still_running += !part->has_ended;
        if (is_command && !has_later) {
            part->exit_status = command->exit_status;
            if (command->time_ns > part->end_ns)
                part->end_ns = command->time_ns;
        }
    }
}

static bool find_parts(struct assembly *a, struct error *err)
{
    for (uint32_t i = 0; i < a->entry_count; i++) {
        const struct entry *entry = &a->entries[i];
        struct part *part = &a->parts[entry->part];
        if (!part->is_there) {
            a->in_order[a->order_count++] =
                (struct place){ .first_ns = entry->first_ns, .number = entry->part };
            *part = (struct part){ .is_there = true, .first_index = entry->index };
        }
        part->last_entry = i;
    }
    for (uint32_t i = 0; i < a->order_count; i++)
        if (!read_part(a, &a->in_order[i], err))
            return false;
    return true;
}

/*
 * The format has 2048 processor indices, each a stream in order of time. So a process gets the
 * first that was left by another before it started.
 */
static bool assign_lanes(struct assembly *a, struct recording_facts *facts, struct error *err)
{
    uint64_t *busy_until = calloc(PROCESSOR_LIMIT, sizeof *busy_until);
    if (!busy_until)
        return assembly_no_memory(err);
    qsort(a->in_order, a->order_count, sizeof *a->in_order, compare_by_start);
    for (uint32_t i = 0; i < a->order_count; i++) {
        const struct place *place = &a->in_order[i];
        struct part *part = &a->parts[place->number];
        uint32_t lane = 0;
        while (lane < facts->lanes && busy_until[lane] > place->first_ns)
            lane++;
        if (lane == PROCESSOR_LIMIT) {
            facts->too_many_at_once = true;
            lane = i % PROCESSOR_LIMIT;
        }
        if (lane == facts->lanes)
            facts->lanes++;
        if (part->end_ns > busy_until[lane])
            busy_until[lane] = part->end_ns;
        part->lane = lane;
    }
    free(busy_until);
    return true;
}

bool assembly_list_parts(struct assembly *a, const struct command_end *command,
                         struct recording_facts *facts, struct error *err)
{
    if (!find_parts(a, err))
        return false;
    facts->processes = a->order_count;
    find_ends(a, command, facts);
    return assign_lanes(a, facts, err);
}
