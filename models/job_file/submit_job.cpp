#include "models/job_file/submit_job.h"

#include <fmt/format.h>

#include "models/place/signature_lifetime.h"
#include "models/runs/mpi_task.h"

namespace dms::models {
namespace {

// Without d: no task can delete what others left.
constexpr std::string_view sas_permissions = "racwl";

// Tasks that are in memory at once.
constexpr std::uint64_t tasks_at_once = 1000;

std::string doubled_percents(std::string_view text) {
  std::string result;
  for (const char c : text) result.append(c == '%' ? 2 : 1, c);
  return result;
}

}  // namespace

Result<SubmittedJob> JobSubmitter::submit(JobFile& job, const SubmitJobOptions& options,
                                          std::stop_token stop) {
  DMS_CHECK(check_place(job, options));
  DMS_TRY(const JobNames names, choose_names(job, options));
  DMS_CHECK(set_place(job, names));
  SubmittedJob outcome{
      .pool_id = names.pool_id, .job_id = names.job_id, .tasks = job.points.size()};
  DMS_TRY(const JobPlace place, prepare_storage(job, names));
  DMS_CHECK(ensure_pool(job, names, options));
  DMS_CHECK(ensure_job(job, place, options));
  auto added = add_tasks(job, place, outcome, stop);
  if (added) added = finish(job, outcome);
  if (!added)
    return std::move(added).error().context(
        fmt::format("job {} has {} of {} tasks and waits for the others: the same command with "
                    "--resume {} adds them",
                    names.job_id, outcome.added + outcome.existed, outcome.tasks, names.job_id));
  return outcome;
}

Result<std::string> JobSubmitter::create_pool(JobFile& job, const SubmitJobOptions& options) {
  DMS_CHECK(check_place(job, options));
  JobNames names = make_names(job, options.pool_name, clock_.now());
  DMS_CHECK(check_names(job, names));
  DMS_CHECK(set_place(job, names));
  DMS_TRY(const batch::Pool pool, make_pool(job, names.pool_id, options.where));
  DMS_TRY(const bool created,
          batch_.create_pool_if_not_exist(pool).context("creating pool " + names.pool_id));
  if (!created)
    return fail(Code::already_exists, fmt::format("pool {} is there already", names.pool_id));
  return names.pool_id;
}

Status JobSubmitter::check_place(const JobFile& job, const SubmitJobOptions& options) {
  if (options.where == Where::azure) return ok();
  TaskValues values = job.variables.of_task({});
  JobKeys keys(job.variables, values);
  if (job.is_windows())
    return keys.error("ostype",
                      "this job is for Windows, and the nodes of the service on this "
                      "machine run Linux: name an account with --config");
  DMS_TRY(const YamlNode* container, keys.node("container_run_options"));
  if (container)
    return keys.error("container_run_options",
                      "this job runs in a container, and the service on this machine has none: "
                      "leave container_run_options empty (container_run_options:) to run the "
                      "command on the node itself, or name an account with --config");
  return ok();
}

Result<JobNames> JobSubmitter::choose_names(const JobFile& job, const SubmitJobOptions& options) {
  JobNames names;
  if (options.resume.empty()) {
    names = make_names(job, options.pool_name, clock_.now());
    // Names tell the second: somebody may have had the same one.
    while (batch_.get_job(names.job_id)) {
      clock_.sleep_for(std::chrono::milliseconds(300), {});
      names = make_names(job, options.pool_name, clock_.now());
    }
  } else {
    DMS_TRY(const batch::Job found, batch_.get_job(options.resume));
    DMS_TRY(names, names_of_job(found.id, found.pool_info.pool_id.value_or("")));
  }
  DMS_CHECK(check_names(job, names));
  return names;
}

// Now is known what stood for itself in the texts so far.
Status JobSubmitter::set_place(JobFile& job, const JobNames& names) {
  DMS_TRY(const auto limits, limits_of_tasks(job, names));
  const auto tries =
      limits ? all_tries(limits->max_wall_clock_time, limits->max_task_retry_count.value_or(0))
             : std::chrono::seconds(0);
  DMS_TRY(lifetime_, task_lifetime(tries, blob_.longest_signature()));
  const std::string& container = job.storage_container_name;
  DMS_TRY(const std::string sas,
          blob_.get_container_sas_token(
              container, {.permissions = std::string(sas_permissions), .lifetime = lifetime_}));
  DMS_CHECK(job.variables.set("sas", sas));
  DMS_CHECK(job.variables.set("sas_win", doubled_percents(sas)));
  DMS_CHECK(job.variables.set("storage_container_url", blob_.container_url(container)));
  return job.variables.set("pool_name", names.pool_id);
}

Result<JobPlace> JobSubmitter::prepare_storage(const JobFile& job, const JobNames& names) {
  const std::string& container = job.storage_container_name;
  DMS_TRY([[maybe_unused]] const auto made,
          blob_.create_container(container).context("container " + container));
  JobPlace place{.names = names, .keeps_scripts = !job.scripts_hold_sas};
  DMS_TRY(place.inputs_url,
          blob_.get_container_sas_url(container, {.permissions = "rl", .lifetime = lifetime_}));
  DMS_TRY(place.outputs_url,
          blob_.get_container_sas_url(container, {.permissions = "cw", .lifetime = lifetime_}));
  const std::string copy = fmt::format("jobs/{}/{}", names.job_id, job.file.filename().string());
  DMS_TRY([[maybe_unused]] const auto stamp,
          blob_.upload_blob(container, copy, job.source->text).context("uploading " + copy));
  if (job.has_one_script && !job.scripts_hold_sas && job.points.size() > 1) {
    DMS_TRY(place.script_url, upload_script(job, names));
  }
  return place;
}

Result<std::string> JobSubmitter::upload_script(const JobFile& job, const JobNames& names) {
  DMS_TRY(TaskValues values, values_of_task(job, 0, names));
  DMS_TRY(const std::string script, application_script(job, values));
  const std::string blob =
      fmt::format("jobs/{}/application_command.{}", names.job_id, job.is_windows() ? "bat" : "sh");
  DMS_TRY([[maybe_unused]] const auto stamp,
          blob_.upload_blob(job.storage_container_name, blob, script).context("uploading " + blob));
  return blob_.get_blob_sas_url(job.storage_container_name, blob,
                                {.permissions = "r", .lifetime = lifetime_});
}

Status JobSubmitter::ensure_pool(const JobFile& job, const JobNames& names,
                                 const SubmitJobOptions& options) {
  if (!options.pool_name.empty()) {
    DMS_TRY(const bool exists, batch_.exists_pool(names.pool_id));
    if (!exists)
      return fail(Code::not_found,
                  fmt::format("there is no pool {0}: dmsbatch create-pool --file {1} --pool-name "
                              "{0} makes it",
                              names.pool_id, job.source->name));
    return check_pool(job, names);
  }
  DMS_TRY(const batch::Pool pool, make_pool(job, names.pool_id, options.where));
  DMS_TRY(const bool created,
          batch_.create_pool_if_not_exist(pool).context("creating pool " + names.pool_id));
  if (created) note_(fmt::format("pool {} created", names.pool_id));
  return ok();
}

// On a pool that does not fit, the tasks of an mpi_command would wait for ever.
Status JobSubmitter::check_pool(const JobFile& job, const JobNames& names) {
  if (!job.is_multi_instance) return ok();
  DMS_TRY(const batch::Pool pool, batch_.get_pool(names.pool_id));
  TaskValues values = job.variables.of_task({});
  JobKeys keys(job.variables, values);
  DMS_TRY(const auto hosts, keys.integer("num_hosts", {1, 10'000}));
  return check_pool_for_mpi(pool, hosts.value_or(1));
}

Status JobSubmitter::ensure_job(const JobFile& job, const JobPlace& place,
                                const SubmitJobOptions& options) {
  if (!options.resume.empty()) return ok();
  DMS_TRY(const batch::Job made, make_job(job, place));
  return batch_.create_job(made).context("creating job " + made.id);
}

Status JobSubmitter::add_tasks(const JobFile& job, const JobPlace& place, SubmittedJob& outcome,
                               std::stop_token stop) {
  std::vector<batch::Task> tasks;
  for (std::uint64_t index = 0; index < outcome.tasks; ++index) {
    DMS_TRY(batch::Task task, make_task(job, index, place));
    tasks.push_back(std::move(task));
    if (tasks.size() < tasks_at_once && index + 1 < outcome.tasks) continue;
    DMS_TRY(const auto outcomes, batch_.submit_tasks(place.names.job_id, tasks, {}, stop));
    for (const batch::TaskOutcome& one : outcomes) {
      if (one.submitted == batch::Submitted::added) ++outcome.added;
      if (one.submitted == batch::Submitted::existed) ++outcome.existed;
    }
    for (const batch::TaskOutcome& one : outcomes)
      if (one.submitted == batch::Submitted::failed)
        return one.error.value_or(fail(Code::internal, "no reason given"))
            .context("task " + one.task_id);
    tasks.clear();
  }
  return ok();
}

Status JobSubmitter::finish(const JobFile& job, const SubmittedJob& outcome) {
  if (!job.auto_terminate) return ok();
  return batch_.mark_job_termination_on_task_completion(outcome.job_id)
      .context("letting the job end with its tasks");
}

}  // namespace dms::models
