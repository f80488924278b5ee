/* Text on its way to a stream, collected. */
#include "reports/text_buffer.h"

void text_buffer_flush(struct text_buffer *buffer)
{
    fwrite(buffer->bytes, 1, buffer->used, buffer->out);
    buffer->used = 0;
}
