/* Names and source lines for the frames of call stacks, from symbol files that a user has. */
#include "reports/symbols.h"

#include "reports/symbol_folder.h"
#include "reports/symbol_target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A frame that wants names, and where in its module to ask. */
struct question {
    uint32_t module, frame;
    uint64_t offset;
};

/* One call. */
struct session {
    struct stacks_result *stacks;
    struct symbols_outcome *outcome;
    struct symbol_folder *folder;
    struct symbolizer symbolizer;
    /* Room for the largest module. */
    uint64_t *addresses;
    struct symbol_answer *answers;
};

static int by_module(const void *a, const void *b)
{
    const struct question *x = a, *y = b;
    if (x->module != y->module)
        return x->module < y->module ? -1 : 1;
    if (x->offset != y->offset)
        return x->offset < y->offset ? -1 : 1;
    return (x->frame > y->frame) - (x->frame < y->frame);
}

/* The frames of modules, in order of module and offset: it reads its symbols in that order. */
static struct question *find_questions(const struct stacks_result *stacks, size_t *count)
{
    struct question *questions = calloc(stacks->frame_count + 1, sizeof *questions);
    *count = 0;
    for (uint32_t i = 0; questions && i < stacks->frame_count; i++) {
        const struct stack_frame *frame = &stacks->frames[i];
        bool is_inside = frame->module < stacks->module_count &&
                         frame->offset < stacks->modules[frame->module].size;
        if (!is_inside || frame->name_count > 0)
            continue;
        uint64_t before = frame->is_return && frame->offset > 0 ? 1 : 0;
        questions[(*count)++] = (struct question){ frame->module, i, frame->offset - before };
    }
    if (questions)
        qsort(questions, *count, sizeof *questions, by_module);
    return questions;
}

static void note(struct session *session, const struct stack_module *module, const char *path,
                 const char *what)
{
    struct symbols_outcome *outcome = session->outcome;
    if (outcome->note_count < SYMBOLS_NOTES_MAX)
        snprintf(outcome->notes[outcome->note_count], SYMBOLS_NOTE_SIZE, "%.60s: %.160s%s%.300s",
                 path_base_name(module->path), path ? path : "", path ? " " : "", what);
    outcome->note_count++;
}

static void count_absent(struct session *session, const struct stack_module *module)
{
    struct symbols_outcome *outcome = session->outcome;
    size_t length = strlen(outcome->absent);
    if (length + 50 < sizeof outcome->absent)
        snprintf(outcome->absent + length, sizeof outcome->absent - length, "%s%.40s",
                 length ? ", " : "", path_base_name(module->path));
    else
        outcome->is_absent_cut = true;
    outcome->modules_absent++;
}

static void explain(struct session *session, const struct stack_module *module,
                    const struct symbol_target *target, enum symbol_target_state state,
                    const struct error *err)
{
    switch (state) {
    case SYMBOL_TARGET_NO_FILE:
        count_absent(session, module);
        break;
    case SYMBOL_TARGET_NO_PDB:
        note(session, module, target->behind, "is there, but not the PDB that belongs to it");
        break;
    case SYMBOL_TARGET_OTHER_BUILD:
        note(session, module, target->behind, "is of another build than the one in the trace");
        break;
    case SYMBOL_TARGET_UNTOLD:
        note(session, module, target->behind,
             "may be of another build: the trace does not tell which it wants (merging it with "
             "'xperf -merge' or adding the EXE or DLL helps)");
        break;
    case SYMBOL_TARGET_FAILED:
        note(session, module, NULL, err->message);
        break;
    case SYMBOL_TARGET_FOUND:
        break;
    }
}

/* Gives the answers to the frames; returns how many had names. */
static size_t give(struct session *session, const struct question *questions, size_t count)
{
    size_t named = 0;
    for (size_t i = 0; i < count; i++) {
        struct stack_frame *frame = &session->stacks->frames[questions[i].frame];
        frame->names = session->answers[i].names;
        frame->name_count = session->answers[i].count;
        named += frame->name_count > 0;
    }
    return named;
}

/* False: no module after this one needs to be tried; `err` says why. */
static bool ask(struct session *session, const struct question *questions, size_t count,
                const struct symbol_target *target, struct error *err)
{
    const struct stack_module *module = &session->stacks->modules[questions->module];
    struct error reason = { 0 };
    for (size_t i = 0; i < count; i++)
        session->addresses[i] = questions[i].offset + target->addend;
    const struct symbolizer_run run = {
        .object = target->object,
        .is_relative = target->is_relative,
        .needs_line = target->needs_line,
        .addresses = session->addresses,
        .count = count,
    };
    enum symbolizer_end end = symbolizer_ask(&session->symbolizer, &run, session->answers, &reason);
    size_t named = give(session, questions, count);
    session->outcome->modules_named += named > 0;
    if (end == SYMBOLIZER_ABSENT || end == SYMBOLIZER_NO_MEMORY)
        return error_set(err, reason.code, ERROR_NO_OFFSET, "%s", reason.message);
    if (end != SYMBOLIZER_ANSWERED)
        note(session, module, target->behind, reason.message);
    else if (named == 0)
        note(session, module, target->behind, "has no names for what is in the stacks");
    return session->symbolizer.left_ms > 0 ||
           error_set(err, ERROR_LIMIT, ERROR_NO_OFFSET,
                     "names took more than %d seconds; the rest is without", SYMBOLIZER_SECONDS);
}

static bool name_module(struct session *session, const struct question *questions, size_t count,
                        struct error *err)
{
    const struct stack_module *module = &session->stacks->modules[questions->module];
    struct symbol_target target;
    struct error reason = { 0 };
    session->outcome->modules++;
    enum symbol_target_state state = symbol_target_find(session->folder, module, &target, &reason);
    explain(session, module, &target, state, &reason);
    bool is_fine = state != SYMBOL_TARGET_FOUND || ask(session, questions, count, &target, err);
    symbol_target_release(&target);
    return is_fine;
}

static bool name_all(struct session *session, struct error *err)
{
    size_t count, end;
    bool is_fine = true;
    struct question *questions = find_questions(session->stacks, &count);
    session->addresses = calloc(count + 1, sizeof *session->addresses);
    session->answers = calloc(count + 1, sizeof *session->answers);
    if (!questions || !session->addresses || !session->answers)
        is_fine = error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for symbols");
    for (size_t i = 0; is_fine && i < count; i = end) {
        for (end = i; end < count && questions[end].module == questions[i].module;)
            end++;
        is_fine = name_module(session, questions + i, end - i, err);
    }
    free(session->answers);
    free(session->addresses);
    free(questions);
    return is_fine;
}

bool symbols_add(struct stacks_result *stacks, const struct symbols_request *request,
                 struct symbols_outcome *outcome, struct error *err)
{
    struct session session = { .stacks = stacks,
                               .outcome = outcome,
                               .symbolizer = request->symbolizer };
    *outcome = (struct symbols_outcome){ 0 };
    session.folder =
        symbol_folder_open(request->folders, request->folder_count, SYMBOL_FILES_MAX, err);
    if (!session.folder)
        return false;
    stacks->has_names = true;
    bool is_fine = name_all(&session, err);
    symbol_folder_close(session.folder);
    return is_fine;
}
