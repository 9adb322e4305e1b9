// A Batch and Blob account in memory, for tests: a Transport that answers what the runner asks.
// Time passes when the runner sleeps: connect FakeClock::on_sleep with `advance`.
//
// Batch is at http://batch.test, Blob at http://blob.test/account. One thread advances; requests
// may come from several.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "batch/wire.h"
#include "core/http.h"

namespace dms::models {

// What a task does: its exit code and its outputs.zip, which holds `files`; no files, no archive.
// The archive goes where the task's output file for success or failure says.
struct TaskEnd {
  int exit_code = 0;
  std::map<std::string, std::string> files;
};

class FakeAccount final : public Transport {
 public:
  Result<Response> send(const Request& request, std::stop_token stop = {}) override;

  // Ends what runs and starts what waits, as many as there are slots.
  void advance();

  // How tasks end; called once per run of a task.
  std::function<TaskEnd(const batch::Task&)> behaviour = [](const batch::Task&) {
    return TaskEnd{.files = {{"stdout.txt", "out\n"}, {"stderr.txt", ""}}};
  };
  // Called before each request; an error is the answer.
  std::function<Status(const Request&)> fault;
  int slots = 2;

  // What the account holds.
  std::map<std::string, batch::Pool> pools;
  std::map<std::string, batch::Job> jobs;
  std::map<std::string, batch::Task> tasks;                             // by "job/task"
  std::map<std::string, std::string> blobs;                             // by "container/blob"
  std::vector<batch::JobPreparationAndReleaseTaskStatus> preparations;  // of whichever job

  // What was done.
  int tasks_added = 0;
  int tasks_run = 0;
  int tasks_deleted = 0;
  int lists = 0;                       // of tasks
  std::map<std::string, int> uploads;  // by "container/blob"

 private:
  Response answer_batch(const Request& request, const std::string& path);
  Response answer_task(const Request& request, const std::string& key);
  Response add_tasks(const Request& request, const std::string& job);
  Response list_tasks(const std::string& job);
  Response count_tasks(const std::string& job);
  Response answer_blob(const Request& request, const std::string& path);
  Response list_blobs(const std::string& container, std::string_view prefix);
  void end(batch::Task& task);

  std::mutex mutex_;
};

// The bytes of a zip archive with these files.
std::string zip_of(const std::map<std::string, std::string>& files);

}  // namespace dms::models
