// The pool and the job of a study: found, or made as the study asks.
#pragma once

#include <optional>

#include "batch/azure_batch.h"
#include "models/note_listener.h"
#include "models/study/study.h"

namespace dms::models {

// Creates the study's pool; a runner asks for recipe_of(study), with what it needs itself. One that
// is there is used as it is, with a note when its size or slots are others than asked for.
// Errors: those of the service; invalid_argument for a pool that cannot be.
Status ensure_pool(batch::AzureBatch& batch, const Study& study, const pools::Recipe& recipe,
                   NoteListener& listener);

// What the study's policy says of its pool once nothing of the study runs any more: deletes the
// pool when it is to be deleted and was made for this study. Does not wait until it is gone.
// Errors: those of the service.
Status finish_pool(batch::AzureBatch& batch, const Study& study, NoteListener& listener);

// The status of a deletion: what is not there is deleted.
Status not_found_is_fine(Status status);

// The job, or nothing when there is none. Errors: those of the service.
Result<std::optional<batch::Job>> find_job(batch::AzureBatch& batch, const std::string& job_id);

// Errors: conflict when the job takes no tasks of this study, with what the user can do.
Status check_takes_tasks(const batch::Job& job, const Study& study);

// What a study asks of its job; a runner adds what it needs itself.
batch::Job job_of(const Study& study);

// Creates the job; one that is there stays as it is. Errors: those of the service.
Status ensure_job(batch::AzureBatch& batch, const batch::Job& job);

}  // namespace dms::models
