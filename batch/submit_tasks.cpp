// AzureBatch::submit_tasks: many tasks in few requests, several at a time.
//
// Workers cut the next chunk from the list under a lock, so that no more than `parallel` chunks of
// encoded tasks are in memory, and send it without the lock. Each task's outcome has its own place
// in the result, which one worker writes.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <mutex>
#include <system_error>
#include <thread>

#include "batch/azure_batch.h"
#include "batch/errors.h"
#include "batch/operations.h"
#include "batch/rest.h"

namespace dms::batch {
namespace {

constexpr int request_too_large = 413;
constexpr int most_tasks_per_request = 100;  // the service's limit
// How often a task is sent whose addition the service failed at.
constexpr int most_tries = 5;
constexpr std::chrono::milliseconds first_retry_pause{500};

constexpr std::string_view body_head = R"({"value":[)";
constexpr std::string_view body_tail = "]}";

// One task, encoded once however often it is sent.
struct Piece {
  std::size_t index;  // in the caller's list
  std::string json;
};
using Chunk = std::vector<Piece>;

std::string body_of(const Chunk& chunk) {
  std::string body(body_head);
  std::string_view before;
  for (const Piece& piece : chunk) {
    body.append(before).append(piece.json);
    before = ",";
  }
  return body.append(body_tail);
}

// Whether a task that the service failed at may be sent once more.
enum class Tries { more, used_up };

Error error_of(const TaskAddResult& result) {
  if (result.error) return error_of_body(*result.error);
  return fail(
      result.status == TaskAddStatus::server_error ? Code::unavailable : Code::invalid_argument,
      "the service gave no reason");
}

Error submitting_cancelled() { return fail(Code::cancelled, "submitting was cancelled"); }

class Submission {
 public:
  Submission(const Rest& rest, Clock& clock, std::string_view job_id,
             const std::vector<Task>& tasks, const SubmitOptions& options, std::stop_token stop)
      : rest_(rest),
        clock_(clock),
        job_id_(job_id),
        tasks_(tasks),
        options_(options),
        stop_(std::move(stop)),
        end_on_stop_(stop_, [this] { ended_.request_stop(); }),
        outcomes_(tasks.size()),
        bytes_per_request_(options.bytes_per_request) {}

  Result<std::vector<TaskOutcome>> run();

 private:
  void work();
  Chunk cut();
  std::size_t tasks_per_request() const;
  void give_up(Error error);

  Status submit(Chunk chunk);
  Status submit_halves(Chunk chunk, std::size_t body_bytes, Error too_large);
  std::vector<const TaskAddResult*> match(const Chunk& chunk,
                                          const std::vector<TaskAddResult>& results) const;
  Chunk sort_out(Chunk chunk, const TaskAddCollectionResult& answer, Tries tries);
  void decide(const Piece& piece, Submitted submitted, std::optional<Error> error = {});
  void report(std::size_t decided);

  const Rest& rest_;
  Clock& clock_;
  const std::string_view job_id_;
  const std::vector<Task>& tasks_;
  const SubmitOptions& options_;
  const std::stop_token stop_;  // the caller's; ends requests under way
  std::stop_source ended_;      // by the caller or the first error; ends what is not under way
  const std::stop_callback<std::function<void()>> end_on_stop_;
  std::vector<TaskOutcome> outcomes_;

  std::mutex list_mutex_;
  std::size_t bytes_per_request_;
  std::size_t next_ = 0;    // first task that no worker has taken
  std::string read_ahead_;  // its encoding, when it did not fit the chunk before it
  std::optional<Error> first_error_;

  std::mutex progress_mutex_;  // held while the caller's function runs
  std::size_t decided_ = 0;
};

// The caller's thread is a worker too, so that the work is done even when no thread can be started.
Result<std::vector<TaskOutcome>> Submission::run() {
  const std::size_t workers = std::min<std::size_t>(std::max(options_.parallel, 1), tasks_.size());
  {
    std::vector<std::jthread> helpers;
    try {
      for (std::size_t i = 1; i < workers; ++i) helpers.emplace_back([this] { work(); });
    } catch (const std::system_error&) {
      // Fewer workers then.
    }
    work();
  }
  if (first_error_) return *std::move(first_error_);
  return std::move(outcomes_);
}

void Submission::work() {
  while (true) {
    Chunk chunk = cut();
    if (chunk.empty()) return;
    if (Status done = submit(std::move(chunk)); !done) return give_up(std::move(done).error());
  }
}

std::size_t Submission::tasks_per_request() const {
  return static_cast<std::size_t>(
      std::clamp(options_.tasks_per_request, 1, most_tasks_per_request));
}

// The next tasks within the bounds of a request, at least one while there is one.
Chunk Submission::cut() {
  const std::lock_guard lock(list_mutex_);
  Chunk chunk;
  std::size_t bytes = body_head.size() + body_tail.size();
  while (next_ < tasks_.size() && chunk.size() < tasks_per_request()) {
    if (read_ahead_.empty()) read_ahead_ = encode(tasks_[next_]);
    const std::size_t more = read_ahead_.size() + (chunk.empty() ? 0 : 1);
    if (!chunk.empty() && bytes + more > bytes_per_request_) break;
    bytes += more;
    chunk.push_back({next_++, std::exchange(read_ahead_, {})});
  }
  return chunk;
}

void Submission::give_up(Error error) {
  {
    const std::lock_guard lock(list_mutex_);
    if (!first_error_)
      first_error_ = std::move(error).context(fmt::format("submitting tasks to job '{}'", job_id_));
  }
  ended_.request_stop();
}

// Sends a chunk until each of its tasks is decided. What the service itself failed at is sent again
// after a pause.
Status Submission::submit(Chunk chunk) {
  std::chrono::nanoseconds pause = first_retry_pause;
  for (int tries = 1;; ++tries) {
    if (ended_.stop_requested()) return submitting_cancelled();
    const std::string body = body_of(chunk);
    auto answer = rest_.call_with<op::add_task_collection>({.body = body, .stop = stop_}, job_id_);
    if (!answer && answer.error().http_status == request_too_large)
      return submit_halves(std::move(chunk), body.size(), std::move(answer).error());
    if (!answer) return std::move(answer).error();
    chunk = sort_out(std::move(chunk), *answer, tries < most_tries ? Tries::more : Tries::used_up);
    if (chunk.empty()) return ok();
    clock_.sleep_for(pause, ended_.get_token());
    pause *= 2;
  }
}

// A single task that is too large is that task's failure, not the job's. Later chunks are cut to
// half of what was refused.
Status Submission::submit_halves(Chunk chunk, std::size_t body_bytes, Error too_large) {
  if (chunk.size() == 1) {
    decide(chunk.front(), Submitted::failed, std::move(too_large));
    report(1);
    return ok();
  }
  {
    const std::lock_guard lock(list_mutex_);
    bytes_per_request_ = std::min(bytes_per_request_, body_bytes / 2);
  }
  const auto middle = chunk.begin() + static_cast<std::ptrdiff_t>(chunk.size() / 2);
  Chunk second(std::make_move_iterator(middle), std::make_move_iterator(chunk.end()));
  chunk.erase(middle, chunk.end());
  DMS_CHECK(submit(std::move(chunk)));
  return submit(std::move(second));
}

// The result of each task of the chunk, or null. Results come in any order, mostly in that of the
// request; an id that was sent twice has two.
std::vector<const TaskAddResult*> Submission::match(
    const Chunk& chunk, const std::vector<TaskAddResult>& results) const {
  std::vector<bool> taken(results.size(), false);
  const auto fits = [&](std::size_t at, const std::string& id) {
    return at < results.size() && !taken[at] && equal_ignoring_case(results[at].task_id, id);
  };
  std::vector<const TaskAddResult*> matched(chunk.size(), nullptr);
  for (std::size_t i = 0; i < chunk.size(); ++i) {
    const std::string& id = tasks_[chunk[i].index].id;
    std::size_t at = i;
    if (!fits(at, id))
      for (at = 0; at < results.size() && !fits(at, id); ++at) continue;
    if (at == results.size()) continue;
    taken[at] = true;
    matched[i] = &results[at];
  }
  return matched;
}

// Decides the tasks that the answer tells the end of; gives back those to be sent again.
Chunk Submission::sort_out(Chunk chunk, const TaskAddCollectionResult& answer, Tries tries) {
  const auto results = match(chunk, answer.value);
  Chunk again;
  for (std::size_t i = 0; i < chunk.size(); ++i) {
    const TaskAddResult* result = results[i];
    if (!result) {
      decide(chunk[i], Submitted::failed,
             fail(Code::internal, "the service gave no result for it"));
    } else if (result->status == TaskAddStatus::success) {
      decide(chunk[i], Submitted::added);
    } else if (result->error && result->error->code == "TaskExists") {
      decide(chunk[i], Submitted::existed);
    } else if (result->status == TaskAddStatus::server_error && tries == Tries::more) {
      again.push_back(std::move(chunk[i]));
    } else {
      decide(chunk[i], Submitted::failed, error_of(*result));
    }
  }
  report(chunk.size() - again.size());
  return again;
}

void Submission::decide(const Piece& piece, Submitted submitted, std::optional<Error> error) {
  const std::string& id = tasks_[piece.index].id;
  if (error) error = std::move(*error).context(fmt::format("adding task '{}'", id));
  outcomes_[piece.index] = {id, submitted, std::move(error)};
}

void Submission::report(std::size_t decided) {
  const std::lock_guard lock(progress_mutex_);
  decided_ += decided;
  if (options_.progress) options_.progress(decided_);
}

}  // namespace

Result<std::vector<TaskOutcome>> AzureBatch::submit_tasks(std::string_view job_id,
                                                          const std::vector<Task>& tasks,
                                                          const SubmitOptions& options,
                                                          std::stop_token stop) {
  return Submission(*rest_, clock_, job_id, tasks, options, std::move(stop)).run();
}

}  // namespace dms::batch
