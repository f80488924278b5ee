/* What events that look the same have in common. */
#include "decoder/event_forms.h"

#include "decoder/module_reader.h"
#include "decoder/process_event.h"
#include "decoder/stack_event.h"

enum event_meaning event_meaning(const struct event_header *header)
{
    if (is_heap_event(header))
        return MEANING_HEAP;
    if (is_process_event(header))
        return MEANING_PROCESS;
    if (is_stack_event(header))
        return MEANING_STACK;
    return is_module_event(header) ? MEANING_MODULE : MEANING_FOREIGN;
}

/*
 * No event starts with 8 bytes of 0, but damage may; that is the look of an empty place, and only
 * the first place is asked about it.
 */
void event_forms_init(struct event_forms *forms)
{
    *forms = (struct event_forms){ .heap = { { .first_bytes = 1 } } };
}

static void learn_foreign(struct event_forms *forms, const struct event_header *header)
{
    const struct header_shape *shape = &header_shapes[header->kind];
    uint64_t look = event_look(header->start);
    if (shape->family == FAMILY_GROUP)
        forms->foreign[event_forms_place(look, FOREIGN_FORM_BITS)] =
            (struct foreign_form){ look, shape->header_bytes, shape->ticks_at };
}

void event_forms_learn(struct event_forms *forms, const struct event_header *header)
{
    enum event_meaning meaning = event_meaning(header);
    struct heap_form form;
    if (meaning == MEANING_HEAP && heap_form_of(header, &form))
        forms->heap[event_forms_place(form.first_bytes, HEAP_FORM_BITS)] = form;
    else if (meaning == MEANING_FOREIGN)
        learn_foreign(forms, header);
}
