/* From paths of the NT kernel to those that people write. */
#include "decoder/volumes.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void volumes_release(struct volumes *volumes)
{
    for (size_t i = 0; i < volumes->count; i++) {
        free(volumes->list[i].nt_path);
        free(volumes->list[i].dos_path);
    }
    *volumes = (struct volumes){ 0 };
}

static size_t length_without_slash(const char *path)
{
    size_t length = strlen(path);
    return length > 0 && path[length - 1] == '\\' ? length - 1 : length;
}

static bool has_letter(const char *path)
{
    char upper = (char)(path[0] & ~0x20);
    return upper >= 'A' && upper <= 'Z' && path[1] == ':' && (path[2] == '\\' || path[2] == '\0');
}

static bool is_known(const struct volumes *volumes, const char *nt_path, size_t length)
{
    for (size_t i = 0; i < volumes->count; i++)
        if (strlen(volumes->list[i].nt_path) == length &&
            strncasecmp(volumes->list[i].nt_path, nt_path, length) == 0)
            return true;
    return false;
}

static char *copy_text(const char *text, size_t length)
{
    char *copy = malloc(length + 1);
    if (copy) {
        memcpy(copy, text, length);
        copy[length] = '\0';
    }
    return copy;
}

bool volumes_add(struct volumes *volumes, const char *nt_path, const char *dos_path,
                 const struct volume **added, struct error *err)
{
    size_t length = length_without_slash(nt_path);
    *added = NULL;
    if (length == 0 || !has_letter(dos_path) || volumes->count == VOLUMES_MAX ||
        is_known(volumes, nt_path, length))
        return true;
    struct volume *volume = &volumes->list[volumes->count];
    volume->nt_path = copy_text(nt_path, length);
    volume->dos_path = copy_text(dos_path, length_without_slash(dos_path));
    if (!volume->nt_path || !volume->dos_path) {
        free(volume->nt_path);
        free(volume->dos_path);
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for names of volumes");
    }
    volumes->count++;
    *added = volume;
    return true;
}

size_t volume_translate(const struct volume *volume, const char *path, char *to, size_t to_size)
{
    size_t nt_length = strlen(volume->nt_path);
    size_t dos_length = strlen(volume->dos_path);
    if (strncasecmp(path, volume->nt_path, nt_length) != 0 || path[nt_length] != '\\')
        return 0;
    size_t rest = strlen(path + nt_length);
    if (dos_length + rest >= to_size)
        return 0;
    memcpy(to, volume->dos_path, dos_length);
    memcpy(to + dos_length, path + nt_length, rest + 1);
    return dos_length + rest;
}
