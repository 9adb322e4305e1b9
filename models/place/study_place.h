// Everything that the tasks of a study need before one can be added: the payload in storage, the
// pool, and the job that prepares the pool's nodes.
#pragma once

#include "models/place/payload_upload.h"
#include "models/place/prepare_task.h"
#include "models/place/study_pool.h"

namespace dms::models {

// Uploads what storage lacks, has the pool, and finds or makes the job; `job` is then as the
// service shows it. May be repeated after any failure.
// Errors: conflict for a job that does not bring a shared file of the study; those of the disk and
// of the services.
Result<TaskPlace> have_study_place(batch::AzureBatch& batch, blob::AzureBlob& blob,
                                   const Study& study, const pools::Recipe& pool,
                                   const PackedInputs& inputs, const NodeTool& tool,
                                   std::optional<batch::Job>& job, NoteListener& listener);

// Errors: conflict, with what the user can do: check_takes_tasks', and when the job's preparation
// would be out of date before the study's runs are through (check_signatures). `longest` is
// AzureBlob::longest_signature.
Status check_takes_runs(const batch::Job& job, const Study& study, Timestamp now,
                        std::chrono::seconds longest);

}  // namespace dms::models
