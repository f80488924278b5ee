/* Call stacks as CSV: a row a stack with its frames folded, and what the frames are. */
#include "reports/csv.h"

#include "reports/escape.h"
#include "reports/stack_fields.h"
#include "reports/stack_names.h"

#include <stdlib.h>
#include <string.h>

/*
 * Outermost first with semicolons between, as flame graph tools fold stacks; so a semicolon or a
 * line break in a name becomes a blank. NULL: no memory.
 */
static char *folded(const struct stacks_result *stacks, const struct stack_row *row)
{
    char *text = NULL, name[PLACE_TEXT_SIZE];
    size_t size = 0, count = place_count(stacks, row);
    struct place *places = malloc((count + 1) * sizeof *places);
    FILE *out = places ? open_memstream(&text, &size) : NULL;
    struct place_walk walk = { .row = row };
    for (size_t i = 0; out && i < count; i++)
        place_next(stacks, &walk, &places[i]);
    for (size_t i = count; out && i > 0; i--) {
        place_text(name, stacks, places[i - 1]);
        for (char *at = name; (at = strpbrk(at, ";\r\n"));)
            *at = ' ';
        fprintf(out, "%s%s", name, i > 1 ? ";" : "");
    }
    free(places);
    bool is_fine = out && fclose(out) == 0;
    if (!is_fine) {
        free(text);
        text = NULL;
    }
    return text;
}

static bool put_stack(FILE *out, const struct result *result, uint32_t index, struct error *err)
{
    const struct stack_row *row = &result->stacks.rows[index];
    const struct process_result *process = &result->processes[row->process];
    char *frames = folded(&result->stacks, row);
    if (!frames)
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for a stack");
    if (process->image)
        escape_csv(out, process->image);
    csv_put_u64(out, process->pid);
    csv_put_u64(out, index);
    csv_put_u64(out, row->frame_count);
    csv_put_u64(out, row->left_out);
    for (int i = 0; i < STACK_FIELD_COUNT; i++)
        csv_put_u64(out, stack_field_get(&row->counts, (enum stack_field)i));
    csv_put_double(out, row->growth_p50);
    putc(',', out);
    escape_csv(out, frames);
    putc('\n', out);
    free(frames);
    return true;
}

static bool write_stacks(const struct result *result, struct output_dir *dir, struct error *err)
{
    struct output_file file;
    bool is_fine = true;
    if (!output_begin(&file, dir, "stacks.csv", err))
        return false;
    fputs("process,pid,stack,depth,left_out", file.out);
    for (int i = 0; i < STACK_FIELD_COUNT; i++)
        csv_put_name(file.out, stack_field_names[i]);
    fputs(",growth_p50,frames\n", file.out);
    for (uint32_t i = 0; is_fine && i < result->stacks.row_count; i++)
        is_fine = put_stack(file.out, result, i, err);
    return output_end(&file, is_fine, err);
}

static void put_text(FILE *out, const char *text)
{
    putc(',', out);
    if (text)
        escape_csv(out, text);
}

static void put_place(FILE *out, const struct stacks_result *stacks, struct place place)
{
    const struct stack_frame *frame = &stacks->frames[place.frame];
    const struct frame_name *name =
        place.name < frame->name_count ? &frame->names[place.name] : NULL;
    fprintf(out, "%u", (unsigned)place.frame);
    csv_put_u64(out, place.name);
    put_text(out, frame->module == RESULT_NO_MODULE ? NULL : stacks->modules[frame->module].path);
    csv_put_address(out, frame->offset);
    put_text(out, name ? name->function : NULL);
    put_text(out, name ? name->file : NULL);
    csv_put_u64_or_empty(out, name && name->line ? name->line : RESULT_UNKNOWN);
    putc('\n', out);
}

static bool write_frames(const struct stacks_result *stacks, struct output_dir *dir,
                         struct error *err)
{
    struct output_file file;
    if (!output_begin(&file, dir, "frames.csv", err))
        return false;
    fputs("frame,inlined,module,offset,function,file,line\n", file.out);
    for (uint32_t i = 0; i < stacks->frame_count; i++) {
        put_place(file.out, stacks, (struct place){ i, 0 });
        for (uint32_t n = 1; n < stacks->frames[i].name_count; n++)
            put_place(file.out, stacks, (struct place){ i, n });
    }
    return output_end(&file, true, err);
}

bool csv_stacks_write(const struct result *result, struct output_dir *dir, struct error *err)
{
    return !result->stacks.known ||
           (write_stacks(result, dir, err) && write_frames(&result->stacks, dir, err));
}
