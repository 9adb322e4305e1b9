#include "models/place/study_pool.h"

#include <fmt/format.h>

#include "models/counted.h"
#include "models/runs/mpi_task.h"

namespace dms::models {
Status ensure_pool(batch::AzureBatch& batch, const Study& study, const pools::Recipe& recipe,
                   NoteListener& listener) {
  const std::string shape = fmt::format("{} × {}", counted(recipe.nodes, "node"),
                                        counted(recipe.task_slots_per_node, "slot"));
  DMS_TRY(const batch::Pool wanted, pools::make_pool(study.pool_name, recipe, study.job_name));
  DMS_TRY(const bool created, batch.create_pool_if_not_exist(wanted));
  if (created) {
    listener.note(fmt::format("pool {} created: {}", study.pool_name, shape));
    return ok();
  }
  DMS_TRY(const batch::Pool pool, batch.get_pool(study.pool_name));
  if (study.mpi) DMS_CHECK(check_pool_for_mpi(pool, hosts_per_run(study)));
  const std::optional<int> nodes = pools::most_nodes(pool);
  const int slots = pool.task_slots_per_node.value_or(1);
  const bool as_asked =
      (!nodes || nodes == pools::most_nodes(recipe)) && slots == recipe.task_slots_per_node;
  if (!as_asked)
    listener.note(fmt::format(
        "pool {} is there already and is used as it is: {} × {} (the study "
        "asks for {})",
        study.pool_name, counted(nodes.value_or(0), "node"), counted(slots, "slot"), shape));
  return ok();
}

Status finish_pool(batch::AzureBatch& batch, const Study& study, NoteListener& listener) {
  if (study.pool.when_done.policy != pools::WhenDone::Policy::delete_pool) return ok();
  const auto pool = batch.get_pool(study.pool_name);
  if (!pool) return pool.error().code == Code::not_found ? ok() : Status(pool.error());
  if (!pools::is_made_for(*pool, study.job_name)) {
    listener.note(fmt::format("pool {} was not made by this study and stays", study.pool_name));
    return ok();
  }
  DMS_CHECK(batch.delete_pool(study.pool_name));
  listener.note(fmt::format("pool {} is being deleted", study.pool_name));
  return ok();
}

Status not_found_is_fine(Status status) {
  if (!status && status.error().code == Code::not_found) return ok();
  return status;
}

Result<std::optional<batch::Job>> find_job(batch::AzureBatch& batch, const std::string& job_id) {
  auto job = batch.get_job(job_id);
  if (job) return std::optional(*std::move(job));
  if (job.error().code == Code::not_found) return std::optional<batch::Job>();
  return std::move(job).error();
}

Status check_takes_tasks(const batch::Job& job, const Study& study) {
  using enum batch::JobState;
  const batch::JobState state = job.state.value_or(active);
  const std::string pool = job.pool_info.pool_id.value_or("");
  if (state == active && !pool.empty() && pool != study.pool_name)
    return fail(
        Code::conflict,
        fmt::format("job {} runs on pool {}, but the study asks for pool {}: give the study "
                    "another job_name, or delete the job (dmsbatch job delete {})",
                    job.id, pool, study.pool_name, job.id));
  if (state == active) return ok();
  if (state == deleting)
    return fail(Code::conflict,
                fmt::format("job {} is being deleted: try again when it is gone", job.id));
  return fail(
      Code::conflict,
      fmt::format("job {} is {} and takes no more runs: give the study another job_name, or "
                  "delete the job with its runs (dmsbatch job delete {})",
                  job.id, text_of(state), job.id));
}

batch::Job job_of(const Study& study) {
  batch::Job job{.id = study.job_name};
  job.pool_info.pool_id = study.pool_name;
  return job;
}

Status ensure_job(batch::AzureBatch& batch, const batch::Job& job) {
  auto created = batch.create_job(job);
  if (!created && created.error().code != Code::already_exists)
    return std::move(created).context("creating job " + job.id);
  return ok();
}

}  // namespace dms::models
