#include "tests/models/fake_crew.h"

#include "tests/support/fake_clock.h"

namespace dms::models {
namespace {

using batch::TaskState;

std::string id_of(const std::string& key) { return key.substr(key.find('/') + 1); }

}  // namespace

Result<Response> FakeCrew::send(const Request& request, std::stop_token stop) {
  if (request.url.host == "batch.test")
    if (auto response = answer(request, percent_decode(request.url.path).substr(1)))
      return *std::move(response);
  return account.send(request, stop);
}

std::optional<Response> FakeCrew::answer(const Request& request, const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (path.ends_with("/terminate")) {
    const std::string task = path.substr(0, path.size() - std::string_view("/terminate").size());
    const std::string job = path.substr(5, path.find('/', 5) - 5);
    return terminate(job + "/" + task.substr(task.rfind('/') + 1));
  }
  if (path.ends_with("/files/stdout.txt") && path.find("/tasks/master-") != path.npos &&
      at(master()).state == TaskState::running)
    return Response{.status = 206, .body = printed};
  if (request.method == "PATCH") {
    const auto patch = decode<batch::JobPatch>(request.body);
    account.jobs.at(path.substr(5)).metadata =
        patch->metadata.value_or(std::vector<batch::MetadataItem>());
    return Response{.status = 200};
  }
  if (path.find("/nodes/") != path.npos)
    return Response{.status = 200,
                    .body = encode(batch::Node{.id = path.substr(path.rfind('/') + 1),
                                               .state = node_state,
                                               .ip_address = "10.0.0.9"})};
  return std::nullopt;
}

Response FakeCrew::terminate(const std::string& key) {
  const auto found = account.tasks.find(key);
  if (found == account.tasks.end() || found->second.state == TaskState::completed)
    return {.status = 409, .body = encode(batch::ErrorBody{.code = "TaskCompleted"})};
  terminated.push_back(found->second.id);
  found->second.state = TaskState::completed;
  batch::TaskExecutionInfo info{.result = batch::TaskResult::failure};
  info.failure_info = batch::FailureInfo{.code = "TaskEnded", .message = "ended by request"};
  found->second.execution_info = std::move(info);
  return {.status = 204};
}

void FakeCrew::start_waiting(const std::string& node) {
  int running = 0;
  for (const auto& [key, task] : account.tasks) running += task.state == TaskState::running;
  for (auto& [key, task] : account.tasks) {
    if (task.state != TaskState::active || running == slots) continue;
    ++running;
    task.state = TaskState::running;
    task.node_info = batch::TaskNodeInfo{.node_id = node};
    batch::TaskExecutionInfo info;
    info.start_time = Timestamp{FakeClock::default_start().at + std::chrono::seconds(++starts_)};
    task.execution_info = std::move(info);
  }
}

void FakeCrew::end(const std::string& id, int exit_code) {
  batch::Task& task = at(id);
  task.state = TaskState::completed;
  batch::TaskExecutionInfo& info = *task.execution_info;
  info.exit_code = exit_code;
  info.result = exit_code == 0 ? batch::TaskResult::success : batch::TaskResult::failure;
  if (exit_code != 0) info.failure_info = batch::FailureInfo{.code = "FailureExitCode"};
  if (id == master() && exit_code == 0)
    account.blobs["dmsbatch-results/beo/" + id + "/outputs.zip"] =
        zip_of({{"case.rec", "final phi 1.5\n"}, {"stdout.txt", printed}, {"stderr.txt", ""}});
}

void FakeCrew::requeue(const std::string& id) {
  batch::Task& task = at(id);
  task.state = TaskState::active;
  task.node_info.reset();
}

std::string FakeCrew::master() const {
  for (const auto& [key, task] : account.tasks)
    if (id_of(key).starts_with("master-")) return id_of(key);
  return "";
}

std::vector<std::string> FakeCrew::workers() const {
  std::vector<std::string> ids;
  for (const auto& [key, task] : account.tasks)
    if (id_of(key).starts_with("worker-")) ids.push_back(id_of(key));
  return ids;
}

std::vector<std::string> FakeCrew::alive() const {
  std::vector<std::string> ids;
  for (const std::string& id : workers())
    if (task(id).state != TaskState::completed) ids.push_back(id);
  return ids;
}

const batch::Task& FakeCrew::task(const std::string& id) const {
  return account.tasks.at("beo/" + id);
}

batch::Task& FakeCrew::at(const std::string& id) { return account.tasks.at("beo/" + id); }

std::string FakeCrew::environment(const std::string& id, std::string_view name) const {
  for (const auto& setting : task(id).environment_settings)
    if (setting.name == name) return setting.value.value_or("");
  return "";
}

}  // namespace dms::models
