#include "models/place/prepare_task.h"

#include <fmt/format.h>

#include "batch/azure_batch.h"
#include "models/place/signature_lifetime.h"

namespace dms::models {
namespace {

// A download that failed is tried again before the node is given up.
constexpr int retries = 2;

std::string file_option(const SharedFile& file) {
  return fmt::format(" --file {0}={0}.file", file.sha256);
}

std::string command_of(const TaskPlace& place) {
  std::string script = "exec ./dmsnode stage --tool " + place.tool_sha256;
  if (!place.inputs_sha256.empty())
    script += fmt::format(" --inputs {}=inputs.zip", place.inputs_sha256);
  for (const SharedFile& file : place.shared_files) script += file_option(file);
  return "/bin/sh -c " + batch::shell_quote(script);
}

}  // namespace

batch::JobPreparationTask preparation_task(const TaskPlace& place) {
  batch::JobPreparationTask task{.id = "bring-inputs", .command_line = command_of(place)};
  const auto fetch = [&](const std::string& url, std::string path, std::string mode) {
    task.resource_files.push_back(
        {.http_url = url, .file_path = std::move(path), .file_mode = std::move(mode)});
  };
  fetch(place.tool_url, "dmsnode", "0755");
  if (!place.inputs_url.empty()) fetch(place.inputs_url, "inputs.zip", "0644");
  for (const SharedFile& file : place.shared_files) fetch(file.url, file.sha256 + ".file", "0644");
  task.constraints = batch::TaskConstraints{.max_task_retry_count = retries};
  task.wait_for_success = true;
  task.rerun_on_node_reboot_after_success = true;
  return task;
}

bool is_prepared_by(const batch::Job& job, const TaskPlace& place) {
  return job.job_preparation_task && job.job_preparation_task->command_line == command_of(place);
}

Status check_shared_files(const batch::Job& job, const TaskPlace& place) {
  const std::string brought =
      job.job_preparation_task ? job.job_preparation_task->command_line : "";
  for (const SharedFile& file : place.shared_files)
    if (brought.find(file_option(file)) == std::string::npos)
      return fail(Code::conflict,
                  fmt::format("job {} was made without {} as it is now, and its nodes are prepared "
                              "as it was made: give the study another job_name, or delete the job "
                              "(dmsbatch job delete {}); what has succeeded stays known",
                              job.id, file.name, job.id));
  return ok();
}

Status check_signatures(const batch::Job& job, Timestamp now, std::chrono::seconds least) {
  if (!job.job_preparation_task) return ok();
  std::optional<Timestamp> end;
  for (const batch::ResourceFile& file : job.job_preparation_task->resource_files)
    if (const auto one = signed_until(file.http_url.value_or(""));
        one && (!end || one->at < end->at))
      end = one;
  if (!end || end->at >= now.at + least) return ok();
  return fail(
      Code::conflict,
      fmt::format("job {0} was made long ago: what prepares nodes for it is signed until "
                  "{1} only, which is too soon for more runs. Delete the job (dmsbatch job "
                  "delete {0}), and the study makes it anew; what has succeeded stays known",
                  job.id, end->iso8601()));
}

}  // namespace dms::models
