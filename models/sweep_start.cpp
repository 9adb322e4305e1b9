// The steps of SweepRunner from the first look at the service to the last task added.
#include <fmt/format.h>

#include "core/file.h"
#include "models/parallel.h"
#include "models/sweep_state.h"

namespace dms::models {
namespace {

// Long enough for a run that waits for days to find its inputs, and to leave its outputs.
constexpr auto signature_lifetime = std::chrono::days(14);

// Tasks that are in memory at once.
constexpr std::size_t chunk_tasks = 1000;

std::string plural(std::int64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

Status not_found_is_fine(Status status) {
  if (!status && status.error().code == Code::not_found) return ok();
  return status;
}

// Whether the job takes tasks; if not, what the user can do.
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

}  // namespace

Status SweepRunner::look_at_job(State& state) {
  auto job = batch_.get_job(state.job_id());
  if (job)
    state.job = *std::move(job);
  else if (job.error().code != Code::not_found)
    return std::move(job).error();
  return ok();
}

Status SweepRunner::look_at_tasks(State& state) {
  state.table.clear();
  state.foreign_tasks = 0;
  if (!state.job) return ok();
  return batch_.list_tasks(state.job_id(), {.select = {"id", "state", "executionInfo"}},
                           [&](const batch::Task& task) {
                             if (!state.table.record(task)) ++state.foreign_tasks;
                             return ok();
                           });
}

Status SweepRunner::start_missing(State& state, std::stop_token stop) {
  const RunCounts counts = state.table.counts();
  const bool all_there = counts.absent == 0 && state.sweep.options.rerun == Rerun::none;
  if (!all_there && state.job) DMS_CHECK(check_takes_tasks(*state.job, state.study()));
  if (all_there) return ensure_pool(state);
  DMS_TRY(const TaskPlace place, upload_payload(state));
  DMS_CHECK(ensure_pool(state));
  DMS_CHECK(ensure_job(state));
  DMS_CHECK(remove_old_runs(state, stop));
  DMS_CHECK(remove_old_results(state, stop));
  return submit(state, place, stop);
}

Result<TaskPlace> SweepRunner::upload_payload(const State& state) {
  DMS_TRY([[maybe_unused]] const auto made, blob_.create_container(inputs_container));
  DMS_TRY([[maybe_unused]] const auto results, blob_.create_container(results_container));
  const blob::SasRequest read{.permissions = "r", .lifetime = signature_lifetime};
  TaskPlace place{.blob_prefix = state.job_id()};

  const NodeTool& tool = state.sweep.tool;
  const std::string tool_blob = "tools/dmsnode-" + tool.sha256;
  DMS_TRY(FileSource tool_file, FileSource::open(tool.path.string()));
  DMS_CHECK(blob_.upload_if_absent(inputs_container, tool_blob, tool_file)
                .context("uploading " + tool.path.string()));
  DMS_TRY(place.tool_url, blob_.get_blob_sas_url(inputs_container, tool_blob, read));

  const PackedInputs& inputs = state.sweep.inputs;
  if (!inputs.archive.empty()) {
    const std::string inputs_blob = fmt::format("inputs/{}.zip", inputs.sha256);
    DMS_TRY(FileSource archive, FileSource::open(inputs.archive.string()));
    DMS_TRY(const auto creation, blob_
                                     .upload_if_absent(inputs_container, inputs_blob, archive,
                                                       {.content_type = "application/zip"})
                                     .context("uploading the inputs"));
    listener_.note(creation == blob::Creation::created
                       ? "inputs uploaded"
                       : "inputs are in storage already: nothing uploaded");
    DMS_TRY(place.inputs_url, blob_.get_blob_sas_url(inputs_container, inputs_blob, read));
  }
  DMS_TRY(place.results_container_url,
          blob_.get_container_sas_url(results_container,
                                      {.permissions = "cw", .lifetime = signature_lifetime}));
  return place;
}

Status SweepRunner::ensure_pool(const State& state) {
  const Study& study = state.study();
  const std::string shape = fmt::format("{} × {}", plural(study.num_hosts, "node"),
                                        plural(study.task_slots_per_node, "slot"));
  DMS_TRY(const bool created, batch_
                                  .create_pool(study.pool_name, study.num_hosts,
                                               {.vm_size = study.vm_size,
                                                .task_slots_per_node = study.task_slots_per_node})
                                  .context("creating pool " + study.pool_name));
  if (created) {
    listener_.note(fmt::format("pool {} created: {}", study.pool_name, shape));
    return ok();
  }
  DMS_TRY(const batch::Pool pool, batch_.get_pool(study.pool_name));
  const std::int64_t nodes =
      pool.target_dedicated_nodes.value_or(0) + pool.target_low_priority_nodes.value_or(0);
  const int slots = pool.task_slots_per_node.value_or(1);
  const bool as_asked = (nodes == study.num_hosts || pool.enable_auto_scale.value_or(false)) &&
                        slots == study.task_slots_per_node;
  if (!as_asked)
    listener_.note(
        fmt::format("pool {} is there already and is used as it is: {} × {} (the study "
                    "asks for {})",
                    study.pool_name, plural(nodes, "node"), plural(slots, "slot"), shape));
  return ok();
}

Status SweepRunner::ensure_job(State& state) {
  if (state.job) return ok();
  batch::Job job{.id = state.job_id()};
  job.pool_info.pool_id = state.study().pool_name;
  auto created = batch_.create_job(job);
  if (!created && created.error().code != Code::already_exists)
    return std::move(created).context("creating job " + job.id);
  state.job = std::move(job);
  return ok();
}

// What is to be run again must be gone first: a task's id can be used once only.
Status SweepRunner::remove_old_runs(State& state, std::stop_token stop) {
  const Rerun rerun = state.sweep.options.rerun;
  std::vector<std::uint64_t> old;
  for (std::uint64_t index = 0; index < state.table.size(); ++index) {
    const RunState run = state.table[index].state;
    const bool again = rerun == Rerun::all ? run != RunState::absent
                                           : rerun == Rerun::failed && run == RunState::failed;
    if (again) old.push_back(index);
  }
  if (old.empty()) return ok();
  DMS_CHECK(
      for_each_parallel(old.size(), state.sweep.options.parallel, stop, [&](std::uint64_t at) {
        return not_found_is_fine(batch_.delete_task(state.job_id(), state.runs.at(old[at]).id));
      }));
  for (const std::uint64_t index : old) state.table[index] = RunRecord{};
  listener_.note(fmt::format("{} removed, to be run again",
                             plural(static_cast<std::int64_t>(old.size()), "earlier run")));
  return ok();
}

// The outputs of an earlier task of the same id must not be taken for those of the new one.
Status SweepRunner::remove_old_results(State& state, std::stop_token stop) {
  const std::string prefix = state.job_id() + "/";
  return blob_.list_blobs_from_container(
      results_container, {.prefix = prefix}, [&](blob::BlobList&& page) {
        std::vector<std::string> stale;
        for (blob::BlobItem& item : page.blobs) {
          std::string_view task = std::string_view(item.name).substr(prefix.size());
          task = task.substr(0, task.find('/'));
          const auto index = state.table.find(task);
          if (index && state.table[*index].state == RunState::absent)
            stale.push_back(std::move(item.name));
        }
        return for_each_parallel(
            stale.size(), state.sweep.options.parallel, stop, [&](std::uint64_t at) {
              return not_found_is_fine(blob_.delete_blob(results_container, stale[at]));
            });
      });
}

Status SweepRunner::submit(State& state, const TaskPlace& place, std::stop_token stop) {
  std::vector<std::uint64_t> chunk;
  for (std::uint64_t index = 0; index < state.table.size(); ++index) {
    if (state.table[index].state == RunState::absent) chunk.push_back(index);
    const bool last = index + 1 == state.table.size();
    if (chunk.size() < chunk_tasks && !last) continue;
    DMS_CHECK(submit_chunk(state, place, chunk, stop));
    chunk.clear();
    listener_.progress(
        {.step = SweepProgress::Step::submitting, .total = state.table.size(), .done = index + 1});
  }
  const RunCounts counts = state.table.counts();
  if (counts.stored() == 0) return fail(Code::internal, "the service took none of the runs");
  return ok();
}

Status SweepRunner::submit_chunk(State& state, const TaskPlace& place,
                                 const std::vector<std::uint64_t>& indices, std::stop_token stop) {
  if (indices.empty()) return ok();
  std::vector<batch::Task> tasks;
  tasks.reserve(indices.size());
  for (const std::uint64_t index : indices)
    tasks.push_back(make_task(state.runs.at(index), state.study(), place));
  DMS_TRY(const auto outcomes, batch_.submit_tasks(state.job_id(), tasks, {}, stop));
  std::size_t refused = 0;
  for (std::size_t at = 0; at < outcomes.size(); ++at) {
    if (outcomes[at].submitted != batch::Submitted::failed) {
      state.table[indices[at]].state = RunState::waiting;
      continue;
    }
    const Error error = outcomes[at].error.value_or(fail(Code::internal, "no reason given"));
    if (++refused == 1)
      listener_.note(fmt::format("run {} was not taken: {}", outcomes[at].task_id, error.message));
  }
  if (refused > 1) listener_.note(fmt::format("{} runs were not taken", refused));
  return ok();
}

}  // namespace dms::models
