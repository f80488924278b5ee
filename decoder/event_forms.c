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

/* False: events like this are read one by one. */
static bool make_form(const struct event_header *header, struct event_form *form)
{
    const struct header_shape *shape = &header_shapes[header->kind];
    size_t payload_bytes;
    if (shape->family != FAMILY_GROUP)
        return false;
    *form = (struct event_form){
        .look = event_look(header->start),
        .bytes_min = shape->header_bytes,
        .ticks_at = shape->ticks_at,
        .header_kind = header->kind,
        .header = { .group = header->group, .opcode = header->opcode, .kind = header->kind },
    };
    enum event_meaning meaning = event_meaning(header);
    if (meaning != MEANING_HEAP)
        return meaning == MEANING_FOREIGN;
    if (!heap_form_of(header, &form->heap, &payload_bytes))
        return false;
    form->is_heap = true;
    form->payload_at = (uint8_t)(header->payload - header->start);
    form->bytes_min = (uint16_t)(form->payload_at + payload_bytes);
    return true;
}

void event_forms_learn(struct event_forms *forms, const struct event_header *header)
{
    struct event_form form;
    if (make_form(header, &form))
        forms->forms[event_forms_at(forms, form.look) - forms->forms] = form;
}
