// Submits a job file: files, pool, job, tasks.
//
//   job file's copy ─► script, if all tasks have one ─► pool ─► job ─► tasks ─► ends by itself
//
// Everything has a name that is known before it is sent, and the service keeps what it has: a
// submission that was cut off anywhere goes on with `resume`, and adds what is missing only. The
// job ends by itself from the moment on when its last task is in.
//
// One thread calls; notes come from that thread only.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "batch/azure_batch.h"
#include "blob/azure_blob.h"
#include "models/job_file/job_directives.h"
#include "models/job_file/job_file.h"

namespace dms::models {

struct SubmitJobOptions {
  std::string pool_name;  // an existing pool; empty: a new one for this job
  std::string resume;     // the job of an earlier submission; empty: a new one
  Where where = Where::azure;
};

struct SubmittedJob {
  std::string pool_id;
  std::string job_id;
  std::uint64_t tasks = 0;
  std::uint64_t added = 0;    // by this call
  std::uint64_t existed = 0;  // by an earlier one
};

class JobSubmitter {
 public:
  using Note = std::function<void(std::string_view line)>;

  // All outlive this.
  JobSubmitter(batch::AzureBatch& batch, blob::AzureBlob& blob, Clock& clock, Note note)
      : batch_(batch), blob_(blob), clock_(clock), note_(std::move(note)) {}

  // Returns when the service has all tasks. Changes the job's variables: sas, pool_name.
  // Errors: those of the services; invalid_argument for a job file that this place cannot run; when
  // tasks are missing, with the option that goes on.
  Result<SubmittedJob> submit(JobFile& job, const SubmitJobOptions& options,
                              std::stop_token stop = {});

  // Makes the pool only: `pool_name`, or a new name of the job file's. Errors: already_exists.
  Result<std::string> create_pool(JobFile& job, const SubmitJobOptions& options);

 private:
  Result<JobNames> choose_names(const JobFile& job, const SubmitJobOptions& options);
  Status check_place(const JobFile& job, const SubmitJobOptions& options);
  Status set_place(JobFile& job, const JobNames& names);
  Status ensure_pool(const JobFile& job, const JobNames& names, const SubmitJobOptions& options);
  Status check_pool(const JobFile& job, const JobNames& names);
  Result<JobPlace> prepare_storage(const JobFile& job, const JobNames& names);
  Result<std::string> upload_script(const JobFile& job, const JobNames& names);
  Status ensure_job(const JobFile& job, const JobPlace& place, const SubmitJobOptions& options);
  Status add_tasks(const JobFile& job, const JobPlace& place, SubmittedJob& outcome,
                   std::stop_token stop);
  Status finish(const JobFile& job, const SubmittedJob& outcome);

  batch::AzureBatch& batch_;
  blob::AzureBlob& blob_;
  Clock& clock_;
  const Note note_;
  std::chrono::seconds lifetime_{0};  // of signatures: as long as tasks may wait and run
};

}  // namespace dms::models
