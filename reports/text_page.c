/* A page of plain text: headings, wrapped paragraphs, aligned tables. */
#include "reports/text_page.h"

#include "reports/escape.h"
#include "reports/utf8.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define BOLD "\033[1m"
#define ALARM "\033[1;31m"
#define PLAIN "\033[0m"

static void put_blanks(FILE *out, size_t count)
{
    fprintf(out, "%*s", (int)count, "");
}

static size_t columns_of(const char *text, const char *end)
{
    size_t columns = 0;
    while (text < end && *text) {
        uint32_t code_point;
        text = utf8_next(text, &code_point);
        columns += code_point == UTF8_INVALID ? 1 : utf8_columns(code_point);
    }
    return columns;
}

void text_heading(const struct text_page *page, const char *title)
{
    fprintf(page->out, "\n%s%s%s\n", page->is_colored ? BOLD : "", title,
            page->is_colored ? PLAIN : "");
    for (size_t i = 0; title[i]; i++)
        putc('-', page->out);
    putc('\n', page->out);
}

/* The end of the longest part of a word that fits into `columns`; at least one character. */
static const char *break_word(const char *word, const char *end, size_t columns)
{
    uint32_t code_point;
    const char *at = utf8_next(word, &code_point);
    while (at < end) {
        const char *next = utf8_next(at, &code_point);
        if (columns_of(word, next) > columns)
            break;
        at = next;
    }
    return at;
}

size_t text_paragraph(const struct text_page *page, const char *lead, const char *text)
{
    size_t indent = strlen(lead);
    size_t used = indent;
    size_t lines = 1;
    bool is_line_empty = true;
    fputs(lead, page->out);
    while (*text) {
        if (*text == ' ') {
            text++;
            continue;
        }
        const char *end = text + strcspn(text, " ");
        size_t columns = columns_of(text, end);
        if (!is_line_empty && used + 1 + columns > TEXT_COLUMNS) {
            putc('\n', page->out);
            put_blanks(page->out, indent);
            used = indent;
            lines++;
            is_line_empty = true;
        }
        if (!is_line_empty) {
            putc(' ', page->out);
            used++;
        }
        if (used + columns > TEXT_COLUMNS)
            end = break_word(text, end, TEXT_COLUMNS - used);
        fwrite(text, 1, (size_t)(end - text), page->out);
        used += columns_of(text, end);
        is_line_empty = false;
        text = end;
        if (*text && *text != ' ')
            used = TEXT_COLUMNS; /* a broken word goes on in the next line */
    }
    putc('\n', page->out);
    return lines;
}

size_t text_say(const struct text_page *page, const char *lead, const char *format, ...)
{
    char text[TEXT_SAY_MAX + 1];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return text_paragraph(page, lead, text);
}

void text_alarm(const struct text_page *page, const char *text)
{
    fputs(page->is_colored ? ALARM : "", page->out);
    text_paragraph(page, "", text);
    fputs(page->is_colored ? PLAIN : "", page->out);
}

struct text_table text_table_of(const char *const *titles, size_t column_count)
{
    assert(column_count > 0 && column_count <= TABLE_COLUMNS_MAX);
    return (struct text_table){ .titles = titles, .column_count = column_count };
}

void text_table_add(struct text_table *table, const char *text)
{
    if (table->cell_count == table->cell_room) {
        size_t room = table->cell_room ? 2 * table->cell_room : 64;
        char(*cells)[TABLE_CELL_SIZE] = realloc(table->cells, room * sizeof *cells);
        if (!cells) {
            table->is_out_of_memory = true;
            return;
        }
        table->cells = cells;
        table->cell_room = room;
    }
    escape_terminal(table->cells[table->cell_count++], TABLE_CELL_SIZE, text, TEXT_COLUMNS);
}

void text_table_add_unit(struct text_table *table, struct unit_text text)
{
    text_table_add(table, text.text);
}

enum { COLUMN_GAP = 2, FIRST_COLUMN_MIN = 8 };

static void measure(const struct text_table *table, size_t widths[TABLE_COLUMNS_MAX])
{
    size_t others = 0;
    for (size_t c = 0; c < table->column_count; c++)
        widths[c] = strlen(table->titles[c]);
    for (size_t i = 0; i < table->cell_count; i++) {
        const char *cell = table->cells[i];
        size_t columns = columns_of(cell, cell + strlen(cell));
        size_t c = i % table->column_count;
        if (columns > widths[c])
            widths[c] = columns;
    }
    for (size_t c = 1; c < table->column_count; c++)
        others += COLUMN_GAP + widths[c];
    size_t room =
        others + FIRST_COLUMN_MIN < TEXT_COLUMNS ? TEXT_COLUMNS - others : FIRST_COLUMN_MIN;
    if (widths[0] > room)
        widths[0] = room;
}

static void put_cell(FILE *out, const char *cell, size_t width, bool is_first, bool is_last)
{
    char cut[TABLE_CELL_SIZE];
    size_t columns = escape_terminal(cut, sizeof cut, cell, width);
    if (is_first) {
        fputs(cut, out);
        put_blanks(out, is_last ? 0 : width - columns);
        return;
    }
    put_blanks(out, COLUMN_GAP + width - columns);
    fputs(cut, out);
}

void text_table_end(struct text_table *table, const struct text_page *page)
{
    size_t widths[TABLE_COLUMNS_MAX] = { 0 };
    size_t count = table->column_count;
    if (table->is_out_of_memory) {
        text_paragraph(page, "", "(no memory for this table)");
    } else {
        measure(table, widths);
        for (size_t c = 0; c < count; c++)
            put_cell(page->out, table->titles[c], widths[c], c == 0, count == 1);
        putc('\n', page->out);
        for (size_t i = 0; i < table->cell_count; i++) {
            size_t c = i % count;
            put_cell(page->out, table->cells[i], widths[c], c == 0, count == 1);
            if (c == count - 1)
                putc('\n', page->out);
        }
    }
    free(table->cells);
    *table = (struct text_table){ 0 };
}
