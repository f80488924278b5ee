/* From stack walk events to the stacks of heap events. */
#include "decoder/stack_matcher.h"

bool stack_matcher_init(struct stack_matcher *matcher, uint64_t ticks_per_second,
                        struct stack_tally *tally, struct error *err)
{
    const uint64_t ns_per_second = 1000000000;
    matcher->window_ticks = ticks_per_second * (WAITING_NS / ns_per_second);
    matcher->tally = tally;
    matcher->stacks = stacks_new(err);
    return matcher->stacks && waiting_init(&matcher->waiting, err);
}

void stack_matcher_release(struct stack_matcher *matcher)
{
    waiting_release(&matcher->waiting);
    stack_keys_release(&matcher->keys);
    stack_keys_release(&matcher->all_keys);
    stacks_free(matcher->stacks);
}

/* What one call of stack_matcher_take works on. */
struct taking {
    struct stack_matcher *matcher;
    const struct stack_event *event;
    uint64_t offset;
    struct anomalies *anomalies;
    struct error *err;
};

static bool is_fine(const struct taking *taking)
{
    return taking->err->code == ERROR_NONE;
}

static void note_dropped(const struct taking *taking)
{
    anomaly_note(taking->anomalies, ANOMALY_stack_dropped, taking->offset);
}

static const uint64_t *read_frames(const struct taking *taking)
{
    for (size_t i = 0; i < taking->event->frame_count; i++)
        taking->matcher->frames[i] = stack_event_frame(taking->event, i);
    return taking->matcher->frames;
}

/* The id of the frames in the event. */
static bool find_id(const struct taking *taking, const struct stack_owner *owner, uint32_t *id)
{
    *id = STACK_NONE;
    return taking->event->frame_count > STACK_FRAMES_MAX ||
           stacks_intern(taking->matcher->stacks, owner, read_frames(taking),
                         taking->event->frame_count, id, taking->err);
}

/* The id of what the key in the event will stand for. */
static bool find_promised_id(const struct taking *taking, const struct stack_owner *owner,
                             bool is_kernel, uint32_t *id)
{
    struct stack_matcher *matcher = taking->matcher;
    const struct stack_use use = { taking->event->key, is_kernel, owner->process,
                                   owner->generation };
    *id = STACK_NONE;
    matcher->tally->heap_keys++;
    uint64_t *value = stack_keys_use(&matcher->keys, &use, taking->err);
    if (!value)
        return is_fine(taking);
    if (*value == STACK_NONE) {
        if (!stacks_promise(matcher->stacks, owner, id, taking->err))
            return false;
        *value = *id;
    }
    *id = (uint32_t)*value;
    return true;
}

/* A walk, or the use of a key: a part of the stack of some event. */
static bool take_part(const struct taking *taking, bool is_key, bool is_kernel)
{
    struct stack_matcher *matcher = taking->matcher;
    const struct stack_event *part = taking->event;
    struct waiting_note *note;
    struct event *event = waiting_find(&matcher->waiting, part->ticks, part->pid, part->tid, &note);
    if (!event) {
        if (waiting_has_missed(&matcher->waiting, part->ticks, part->pid, part->tid))
            anomaly_note(taking->anomalies, ANOMALY_stack_too_late, taking->offset);
        return true;
    }
    matcher->tally->heap_matched++;
    if (is_kernel && event->stack != STACK_NONE)
        return true;
    const struct stack_owner owner = { event->process, note->generation, event->time_ns };
    uint32_t id;
    bool is_done =
        is_key ? find_promised_id(taking, &owner, is_kernel, &id) : find_id(taking, &owner, &id);
    if (!is_done)
        return false;
    if (id == STACK_NONE)
        note_dropped(taking);
    else
        event->stack = id;
    note->has_user_part = !is_kernel;
    return true;
}

static bool count_use(const struct taking *taking, bool is_kernel)
{
    struct stack_matcher *matcher = taking->matcher;
    const struct stack_use use = { .key = taking->event->key, .is_kernel = is_kernel };
    if (!matcher->wants_census)
        return true;
    uint64_t *uses = stack_keys_use(&matcher->all_keys, &use, taking->err);
    if (uses)
        ++*uses;
    return is_fine(taking);
}

static bool define(const struct taking *taking)
{
    struct stack_matcher *matcher = taking->matcher;
    const struct stack_event *event = taking->event;
    uint64_t value;
    if (event->frame_count == 0)
        return true;
    bool is_kernel = stack_event_is_kernel(event);
    while (stack_keys_take(&matcher->all_keys, event->key, is_kernel, &value))
        matcher->tally->keys_resolved += value;
    while (stack_keys_take(&matcher->keys, event->key, is_kernel, &value)) {
        bool is_kept = event->frame_count <= STACK_FRAMES_MAX;
        if (value == STACK_NONE) /* it was promised none */
            continue;
        if (is_kept && !stacks_define(matcher->stacks, (uint32_t)value, read_frames(taking),
                                      event->frame_count, &is_kept, taking->err))
            return false;
        if (is_kept)
            matcher->tally->ids_defined++;
        else
            note_dropped(taking);
    }
    return true;
}

static bool is_late(const struct stack_matcher *matcher, int64_t now, int64_t then)
{
    return now > then && (uint64_t)now - (uint64_t)then > matcher->window_ticks;
}

bool stack_matcher_take(struct stack_matcher *matcher, const struct event_header *header,
                        uint64_t offset, struct anomalies *anomalies, struct error *err)
{
    struct stack_event event;
    const struct taking taking = { matcher, &event, offset, anomalies, err };
    if (!waiting_expect(&matcher->waiting, err))
        return false;
    if (!stack_event_decode(header, &event)) {
        anomaly_note(anomalies, ANOMALY_payload_undecodable, offset);
        return true;
    }
    bool is_kernel = header->opcode == STACK_KEY_KERNEL;
    switch (header->opcode) {
    case STACK_WALK:
        matcher->tally->walks++;
        matcher->tally->late += is_late(matcher, header->ticks, event.ticks);
        return event.frame_count == 0 || take_part(&taking, false, stack_event_is_kernel(&event));
    case STACK_KEY_KERNEL:
    case STACK_KEY_USER:
        *(is_kernel ? &matcher->tally->kernel_keys : &matcher->tally->user_keys) += 1;
        matcher->tally->late += is_late(matcher, header->ticks, event.ticks);
        return count_use(&taking, is_kernel) && take_part(&taking, true, is_kernel);
    default:
        matcher->tally->definitions++;
        return define(&taking);
    }
}
