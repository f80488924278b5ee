/*
 * libarchive, which is loaded when something is to be unpacked or packed. It draws in a dozen other
 * libraries, which took two thirds of the time of each start, and a plain trace needs none of them.
 */
#ifndef DECODER_LIBARCHIVE_H
#define DECODER_LIBARCHIVE_H

#include "decoder/error.h"

#include <archive.h>
#include <archive_entry.h>

/* What is called of it. */
#define LIBARCHIVE_FUNCTION_LIST(X)                                                                \
    X(archive_entry_filetype)                                                                      \
    X(archive_entry_free)                                                                          \
    X(archive_entry_new)                                                                           \
    X(archive_entry_pathname)                                                                      \
    X(archive_entry_pathname_utf8)                                                                 \
    X(archive_entry_set_filetype)                                                                  \
    X(archive_errno)                                                                               \
    X(archive_error_string)                                                                        \
    X(archive_filter_code)                                                                         \
    X(archive_format)                                                                              \
    X(archive_read_data)                                                                           \
    X(archive_read_free)                                                                           \
    X(archive_read_new)                                                                            \
    X(archive_read_next_header)                                                                    \
    X(archive_read_open1)                                                                          \
    X(archive_read_set_callback_data)                                                              \
    X(archive_read_set_read_callback)                                                              \
    X(archive_read_set_seek_callback)                                                              \
    X(archive_read_set_skip_callback)                                                              \
    X(archive_read_support_filter_gzip)                                                            \
    X(archive_read_support_filter_xz)                                                              \
    X(archive_read_support_filter_zstd)                                                            \
    X(archive_read_support_format_raw)                                                             \
    X(archive_read_support_format_zip)                                                             \
    X(archive_set_error)                                                                           \
    X(archive_write_add_filter_gzip)                                                               \
    X(archive_write_close)                                                                         \
    X(archive_write_data)                                                                          \
    X(archive_write_free)                                                                          \
    X(archive_write_header)                                                                        \
    X(archive_write_new)                                                                           \
    X(archive_write_open)                                                                          \
    X(archive_write_set_bytes_per_block)                                                           \
    X(archive_write_set_filter_option)                                                             \
    X(archive_write_set_format_raw)

/* Each of the type that its header declares, so that the compiler checks the calls. */
struct libarchive {
#define X(name) __typeof__(name) *name;
    LIBARCHIVE_FUNCTION_LIST(X)
#undef X
};

/*
 * Fills `library`. What is loaded stays so until the program ends; to load it again costs next to
 * nothing. False with ERROR_IO, and a sentence that says what to install, when it is not there.
 */
bool libarchive_load(struct libarchive *library, struct error *err);

/* The same by a name of the caller's. */
bool libarchive_load_as(struct libarchive *library, const char *soname, struct error *err);

#endif
