/* Messages of Protocol Buffers, written field by field. */
#include "reports/protobuf.h"

#include <stdlib.h>
#include <string.h>

enum { WIRE_VARINT = 0, WIRE_BYTES = 2, VARINT_MAX = 10 };

static uint8_t *make_room(struct protobuf *message, size_t size)
{
    if (message->room - message->size < size && !message->has_failed) {
        size_t room = 2 * message->room + size + 64;
        uint8_t *grown = room > size ? realloc(message->bytes, room) : NULL;
        message->has_failed = !grown;
        if (grown) {
            message->bytes = grown;
            message->room = room;
        }
    }
    return message->has_failed ? NULL : message->bytes + message->size;
}

void protobuf_number(struct protobuf *message, uint64_t value)
{
    uint8_t *at = make_room(message, VARINT_MAX);
    if (!at)
        return;
    for (; value >= 0x80; value >>= 7)
        *at++ = (uint8_t)(value | 0x80);
    *at++ = (uint8_t)value;
    message->size = (size_t)(at - message->bytes);
}

void protobuf_u64(struct protobuf *message, uint32_t field, uint64_t value)
{
    if (value == 0)
        return;
    protobuf_number(message, (uint64_t)field << 3 | WIRE_VARINT);
    protobuf_number(message, value);
}

void protobuf_bytes(struct protobuf *message, uint32_t field, const void *bytes, size_t size)
{
    protobuf_number(message, (uint64_t)field << 3 | WIRE_BYTES);
    protobuf_number(message, size);
    uint8_t *at = make_room(message, size);
    if (!at)
        return;
    if (size > 0)
        memcpy(at, bytes, size);
    message->size += size;
}

void protobuf_message(struct protobuf *message, uint32_t field, const struct protobuf *inner)
{
    message->has_failed = message->has_failed || inner->has_failed;
    protobuf_bytes(message, field, inner->bytes, inner->size);
}

void protobuf_clear(struct protobuf *message)
{
    message->size = 0;
}

void protobuf_release(struct protobuf *message)
{
    free(message->bytes);
    *message = (struct protobuf){ 0 };
}
