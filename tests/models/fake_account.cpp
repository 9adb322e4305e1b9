#include "tests/models/fake_account.h"

#include <array>

#include "blob/xml.h"
#include "blob/zip.h"
#include "core/file.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_directory.h"

namespace dms::models {
namespace {

using batch::TaskState;

Response batch_failure(int status, std::string code) {
  return {.status = status, .body = encode(batch::ErrorBody{.code = std::move(code)})};
}

Response blob_failure(int status, std::string code) {
  return {.status = status,
          .headers = {{"x-ms-error-code", code}},
          .body = blob::write_error_body({.code = code, .message = code})};
}

Response blob_success(int status, std::string body = {}) {
  Response response{.status = status, .body = std::move(body)};
  response.headers.set("Last-Modified", FakeClock::default_start().rfc1123());
  response.headers.set("ETag", "\"0x1\"");
  response.headers.set("x-ms-blob-type", "BlockBlob");
  response.headers.set("Content-Length", std::to_string(response.body.size()));
  return response;
}

std::string body_of(const Request& request) {
  if (!request.source) return request.body;
  std::string body;
  std::array<char, 65536> buffer;
  while (true) {
    const auto count = request.source->read(buffer);
    if (!count || *count == 0) return body;
    body.append(buffer.data(), *count);
  }
}

// "a/b/c" as {"a", "b", "c"}.
std::vector<std::string> parts_of(const std::string& path) {
  std::vector<std::string> parts(1);
  for (const char c : path) {
    if (c == '/')
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

// The archive with what dmsnode writes into its comment.
std::string with_record(std::string archive, int exit_code) {
  const std::string record = "dmsbatch-run exit=" + std::to_string(exit_code) + " seconds=0.250000";
  archive.replace(archive.size() - 2, 2, {static_cast<char>(record.size()), '\0'});
  return archive + record;
}

}  // namespace

std::string zip_of(const std::map<std::string, std::string>& files) {
  const TempDirectory directory;
  const std::filesystem::path folder = directory.path() / "files";
  for (const auto& [name, text] : files) {
    std::filesystem::create_directories((folder / name).parent_path());
    (void)write_file_atomic((folder / name).string(), text);
  }
  const std::filesystem::path archive = directory.path() / "outputs.zip";
  (void)blob::zip_directory(folder, archive);
  return read_file(archive.string()).value_or("");
}

Result<Response> FakeAccount::send(const Request& request, std::stop_token stop) {
  if (stop.stop_requested()) return fail(Code::cancelled, "cancelled");
  const std::lock_guard lock(mutex_);
  if (fault) DMS_CHECK(fault(request));
  const std::string path = percent_decode(request.url.path);
  Response response = request.url.host == "batch.test" ? answer_batch(request, path.substr(1))
                                                       : answer_blob(request, path.substr(9));
  if (request.sink && response.status / 100 == 2) {
    DMS_CHECK(request.sink->begin(response.status, response.headers));
    DMS_CHECK(request.sink->write(response.body));
    response.body.clear();
  }
  return response;
}

void FakeAccount::advance() {
  const std::lock_guard lock(mutex_);
  int running = 0;
  for (auto& [key, task] : tasks)
    if (task.state == TaskState::running) end(task);
  for (auto& [key, task] : tasks) {
    if (task.state != TaskState::active || running == slots) continue;
    task.state = TaskState::running;
    ++running;
  }
}

void FakeAccount::end(batch::Task& task) {
  ++tasks_run;
  const TaskEnd done = behaviour(task);
  task.state = TaskState::completed;
  batch::TaskExecutionInfo info{.exit_code = done.exit_code};
  info.start_time = FakeClock::default_start();
  info.end_time = Timestamp{info.start_time->at + std::chrono::milliseconds(1500)};
  info.result = done.exit_code == 0 ? batch::TaskResult::success : batch::TaskResult::failure;
  if (done.exit_code != 0)
    info.failure_info = batch::FailureInfo{.code = "FailureExitCode",
                                           .message =
                                               "The task exited with an exit code "
                                               "representing a failure"};
  task.execution_info = std::move(info);
  if (done.files.empty()) return;
  using Condition = batch::OutputFileUploadCondition;
  const auto met = done.exit_code == 0 ? Condition::task_success : Condition::task_failure;
  for (const batch::OutputFile& file : task.output_files)
    if (file.upload_options.upload_condition == met && file.destination.container)
      blobs["dmsbatch-results/" + file.destination.container->path.value_or("")] =
          with_record(zip_of(done.files), done.exit_code);
}

Response FakeAccount::answer_batch(const Request& request, const std::string& path) {
  const std::vector<std::string> parts = parts_of(path);
  const bool add = request.method == "POST" && parts.size() == 1;
  if (parts[0] == "pools") {
    if (add) {
      batch::Pool pool = *decode<batch::Pool>(request.body);
      return {.status = pools.try_emplace(pool.id, pool).second ? 201 : 409,
              .body = encode(batch::ErrorBody{.code = "PoolExists"})};
    }
    const auto pool = pools.find(parts[1]);
    if (pool == pools.end()) return batch_failure(404, "PoolNotFound");
    if (parts.size() == 3) return {.status = 200, .body = encode(batch::Page<batch::Node>{})};
    if (request.method == "DELETE") {
      pools.erase(pool);
      return {.status = 202};
    }
    return {.status = 200, .body = encode(pool->second)};
  }
  if (add) {
    batch::Job job = *decode<batch::Job>(request.body);
    return {.status = jobs.try_emplace(job.id, job).second ? 201 : 409,
            .body = encode(batch::ErrorBody{.code = "JobExists"})};
  }
  const auto job = jobs.find(parts[1]);
  if (job == jobs.end()) return batch_failure(404, "JobNotFound");
  if (parts.size() == 2) return {.status = 200, .body = encode(job->second)};
  if (parts[2] == "jobpreparationandreleasetaskstatus")
    return {.status = 200,
            .body = encode(
                batch::Page<batch::JobPreparationAndReleaseTaskStatus>{.value = preparations})};
  if (parts[2] == "taskcounts") return count_tasks(parts[1]);
  if (parts[2] == "addtaskcollection") return add_tasks(request, parts[1]);
  if (parts.size() == 3) return list_tasks(parts[1]);
  if (parts.size() == 4) return answer_task(request, parts[1] + "/" + parts[3]);
  return batch_failure(404, "FileNotFound");
}

Response FakeAccount::answer_task(const Request& request, const std::string& key) {
  const auto task = tasks.find(key);
  if (task == tasks.end()) return batch_failure(404, "TaskNotFound");
  if (request.method != "DELETE") return {.status = 200, .body = encode(task->second)};
  ++tasks_deleted;
  tasks.erase(task);
  return {.status = 200};
}

Response FakeAccount::add_tasks(const Request& request, const std::string& job) {
  batch::TaskAddCollectionResult results;
  auto collection = decode<batch::TaskCollection>(request.body);
  for (batch::Task& task : collection->value) {
    batch::TaskAddResult result{.task_id = task.id};
    task.state = TaskState::active;
    const std::string key = job + "/" + task.id;
    if (tasks.try_emplace(key, std::move(task)).second) {
      ++tasks_added;
    } else {
      result.status = batch::TaskAddStatus::client_error;
      result.error = batch::ErrorBody{.code = "TaskExists"};
    }
    results.value.push_back(std::move(result));
  }
  return {.status = 200, .body = encode(results)};
}

Response FakeAccount::list_tasks(const std::string& job) {
  ++lists;
  batch::Page<batch::Task> page;
  for (const auto& [key, task] : tasks)
    if (key.starts_with(job + "/")) page.value.push_back(task);
  return {.status = 200, .body = encode(page)};
}

Response FakeAccount::count_tasks(const std::string& job) {
  batch::TaskCountsResult result;
  batch::TaskCounts& counts = result.task_counts;
  for (const auto& [key, task] : tasks) {
    if (!key.starts_with(job + "/")) continue;
    counts.active += task.state == TaskState::active;
    counts.running += task.state == TaskState::running || task.state == TaskState::preparing;
    if (task.state != TaskState::completed) continue;
    ++counts.completed;
    ++(task.execution_info->result == batch::TaskResult::success ? counts.succeeded
                                                                 : counts.failed);
  }
  return {.status = 200, .body = encode(result)};
}

Response FakeAccount::answer_blob(const Request& request, const std::string& path) {
  const Query query = parse_query(request.url.query);
  const auto value = [&](std::string_view name) {
    for (const auto& [key, text] : query)
      if (key == name) return text;
    return std::string();
  };
  if (value("restype") == "container")
    return value("comp") == "list" ? list_blobs(path, value("prefix")) : blob_success(201);
  if (request.method == "PUT") {
    ++uploads[path];
    blobs[path] = body_of(request);
    return blob_success(201);
  }
  const auto found = blobs.find(path);
  if (found == blobs.end()) return blob_failure(404, "BlobNotFound");
  if (request.method == "HEAD") return blob_success(200);
  if (request.method == "GET") return blob_success(200, found->second);
  blobs.erase(found);
  return blob_success(202);
}

Response FakeAccount::list_blobs(const std::string& container, std::string_view prefix) {
  blob::BlobList list{.container = container};
  for (const auto& [path, content] : blobs) {
    if (!path.starts_with(container + "/")) continue;
    const std::string name = path.substr(container.size() + 1);
    if (!name.starts_with(prefix)) continue;
    blob::BlobItem item{.name = name};
    item.properties.content_length = content.size();
    item.properties.last_modified = FakeClock::default_start();
    list.blobs.push_back(std::move(item));
  }
  return blob_success(200, blob::write_blob_list(list));
}

}  // namespace dms::models
