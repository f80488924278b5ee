/*
 * Messages of Protocol Buffers, written field by field. Source: protobuf.dev "Encoding". A number
 * of the value 0 is left out, as proto3 has it.
 */
#ifndef REPORTS_PROTOBUF_H
#define REPORTS_PROTOBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A message while it is written; zero-filled is empty. */
struct protobuf {
    uint8_t *bytes; /* owned */
    size_t size, room;
    bool has_failed; /* there was no memory: the message is worth nothing */
};

void protobuf_u64(struct protobuf *message, uint32_t field, uint64_t value);
void protobuf_bytes(struct protobuf *message, uint32_t field, const void *bytes, size_t size);
void protobuf_message(struct protobuf *message, uint32_t field, const struct protobuf *inner);

/* One number of a packed field, without a tag: for a message that is only numbers. */
void protobuf_number(struct protobuf *message, uint64_t value);

void protobuf_clear(struct protobuf *message); /* keeps its memory, for the next one */
void protobuf_release(struct protobuf *message);

#endif
