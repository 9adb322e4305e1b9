// The pool and the job of a study: found, or made as the study asks.
#pragma once

#include <optional>

#include "batch/azure_batch.h"
#include "models/note_listener.h"
#include "models/study.h"

namespace dms::models {

// What a study asks of its pool; a runner adds what it needs itself.
batch::PoolOptions pool_options(const Study& study);

// Creates the study's pool. One that is there is used as it is, with a note when its size or slots
// are others than asked for. Errors: those of the service.
Status ensure_pool(batch::AzureBatch& batch, const Study& study, const batch::PoolOptions& options,
                   NoteListener& listener);

// The job, or nothing when there is none. Errors: those of the service.
Result<std::optional<batch::Job>> find_job(batch::AzureBatch& batch, const std::string& job_id);

// Errors: conflict when the job takes no tasks of this study, with what the user can do.
Status check_takes_tasks(const batch::Job& job, const Study& study);

// What a study asks of its job; a runner adds what it needs itself.
batch::Job job_of(const Study& study);

// Creates the job; one that is there stays as it is. Errors: those of the service.
Status ensure_job(batch::AzureBatch& batch, const batch::Job& job);

}  // namespace dms::models
