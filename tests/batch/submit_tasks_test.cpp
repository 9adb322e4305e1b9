#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>

#include "tests/batch/client_fixture.h"

namespace dms::batch {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<Task> tasks_named(std::initializer_list<const char*> ids) {
  std::vector<Task> tasks;
  for (const char* id : ids) tasks.push_back({.id = id, .command_line = "true"});
  return tasks;
}

std::vector<Task> many_tasks(int count) {
  std::vector<Task> tasks;
  for (int i = 0; i < count; ++i)
    tasks.push_back({.id = "t" + std::to_string(i), .command_line = "true"});
  return tasks;
}

std::vector<std::string> ids_of(const std::string& body) {
  std::vector<std::string> ids;
  const auto collection = decode<TaskCollection>(body, Missing::refused);
  EXPECT_TRUE(collection) << body;
  if (!collection) return ids;
  for (const Task& task : collection->value) ids.push_back(task.id);
  return ids;
}

TaskAddResult success(std::string id) { return {.task_id = std::move(id)}; }

TaskAddResult failed_add(TaskAddStatus status, std::string id, std::string code) {
  return {.status = status,
          .task_id = std::move(id),
          .error = ErrorBody{.code = std::move(code), .message = ErrorMessage{.value = "No."}}};
}

std::string successes(const std::vector<std::string>& ids) {
  TaskAddCollectionResult result;
  for (const auto& id : ids) result.value.push_back(success(id));
  return encode(result);
}

// One request at a time, so that the script's order is the order of requests.
class Submit : public ClientTest {
 protected:
  void expect_add(const std::vector<TaskAddResult>& results) {
    transport.expect("POST", url("/jobs/j/addtaskcollection"),
                     answer(200, encode(TaskAddCollectionResult{results})));
  }
  void expect_refusal(int status, std::string_view code) {
    transport.expect("POST", url("/jobs/j/addtaskcollection"), refusal(status, code));
  }
  Result<std::vector<TaskOutcome>> submit(const std::vector<Task>& tasks,
                                          SubmitOptions options = {}) {
    options.parallel = 1;
    return batch.submit_tasks("j", tasks, options);
  }
  std::vector<std::vector<std::string>> ids_by_request() {
    std::vector<std::vector<std::string>> ids;
    for (const auto& request : transport.requests()) ids.push_back(ids_of(request.body));
    return ids;
  }
};

TEST_F(Submit, sends_the_tasks_as_one_collection) {
  expect_add({success("a"), success("b")});
  const auto outcomes = submit(tasks_named({"a", "b"})).value();
  EXPECT_EQ(last_request().body,
            R"({"value":[{"id":"a","commandLine":"true"},{"id":"b","commandLine":"true"}]})");
  EXPECT_EQ(last_request().idempotency, Idempotency::idempotent);
  ASSERT_EQ(outcomes.size(), 2u);
  EXPECT_EQ(outcomes[1].task_id, "b");
  EXPECT_EQ(outcomes[1].submitted, Submitted::added);
  EXPECT_FALSE(outcomes[1].error);
}

TEST_F(Submit, no_tasks_need_no_request) { EXPECT_TRUE(submit({}).value().empty()); }

TEST_F(Submit, a_task_that_exists_already_is_as_good_as_added) {
  expect_add({failed_add(TaskAddStatus::client_error, "a", "TaskExists"), success("b")});
  const auto outcomes = submit(tasks_named({"a", "b"})).value();
  EXPECT_EQ(outcomes[0].submitted, Submitted::existed);
  EXPECT_EQ(outcomes[1].submitted, Submitted::added);
}

TEST_F(Submit, a_task_that_is_refused_is_told_and_the_others_go_on) {
  expect_add({success("a"), failed_add(TaskAddStatus::client_error, "b", "InvalidPropertyValue")});
  const auto outcomes = submit(tasks_named({"a", "b"})).value();
  EXPECT_EQ(outcomes[0].submitted, Submitted::added);
  EXPECT_EQ(outcomes[1].submitted, Submitted::failed);
  ASSERT_TRUE(outcomes[1].error);
  EXPECT_EQ(outcomes[1].error->code, Code::invalid_argument);
  EXPECT_EQ(outcomes[1].error->message, "adding task 'b': InvalidPropertyValue: No");
}

TEST_F(Submit, results_in_another_order_are_told_in_the_order_given) {
  expect_add({failed_add(TaskAddStatus::client_error, "C", "TaskExists"), success("b"),
              failed_add(TaskAddStatus::client_error, "a", "InvalidPropertyValue")});
  const auto outcomes = submit(tasks_named({"a", "b", "c"})).value();
  EXPECT_EQ(outcomes[0].submitted, Submitted::failed);
  EXPECT_EQ(outcomes[1].submitted, Submitted::added);
  EXPECT_EQ(outcomes[2].submitted, Submitted::existed);
}

TEST_F(Submit, an_id_given_twice_has_two_results) {
  expect_add(
      {success("b"), success("a"), failed_add(TaskAddStatus::client_error, "a", "TaskExists")});
  const auto outcomes = submit(tasks_named({"a", "a", "b"})).value();
  EXPECT_EQ(outcomes[0].submitted, Submitted::added);
  EXPECT_EQ(outcomes[1].submitted, Submitted::existed);
  EXPECT_EQ(outcomes[2].submitted, Submitted::added);
}

TEST_F(Submit, a_task_without_a_result_is_not_taken_for_added) {
  expect_add({success("b")});
  const auto outcomes = submit(tasks_named({"a", "b"})).value();
  EXPECT_EQ(outcomes[0].submitted, Submitted::failed);
  EXPECT_EQ(outcomes[0].error->code, Code::internal);
  EXPECT_EQ(outcomes[1].submitted, Submitted::added);
}

TEST_F(Submit, what_the_service_failed_at_is_sent_again_after_a_pause) {
  expect_add({success("a"), failed_add(TaskAddStatus::server_error, "b", "ServerBusy")});
  expect_add({failed_add(TaskAddStatus::server_error, "b", "ServerBusy")});
  expect_add({success("b")});
  const auto outcomes = submit(tasks_named({"a", "b"})).value();
  EXPECT_EQ(outcomes[1].submitted, Submitted::added);
  EXPECT_THAT(ids_by_request(),
              ElementsAre(ElementsAre("a", "b"), ElementsAre("b"), ElementsAre("b")));
  EXPECT_THAT(clock.sleeps(),
              ElementsAre(std::chrono::milliseconds(500), std::chrono::milliseconds(1000)));
}

TEST_F(Submit, what_the_service_fails_at_again_and_again_is_told) {
  for (int i = 0; i < 5; ++i)
    expect_add({failed_add(TaskAddStatus::server_error, "a", "ServerBusy")});
  const auto outcomes = submit(tasks_named({"a"})).value();
  EXPECT_EQ(outcomes[0].submitted, Submitted::failed);
  EXPECT_EQ(outcomes[0].error->code, Code::unavailable);
}

TEST_F(Submit, a_request_has_no_more_than_a_hundred_tasks) {
  const auto tasks = many_tasks(250);
  std::vector<TaskAddResult> results;
  for (const Task& task : tasks) results.push_back(success(task.id));
  expect_add({results.begin(), results.begin() + 100});
  expect_add({results.begin() + 100, results.begin() + 200});
  expect_add({results.begin() + 200, results.end()});
  std::vector<std::size_t> progress;
  const auto outcomes =
      submit(tasks, {.tasks_per_request = 1000,
                     .progress = [&](std::size_t done) { progress.push_back(done); }})
          .value();
  for (std::size_t i = 0; i < tasks.size(); ++i) EXPECT_EQ(outcomes[i].task_id, tasks[i].id);
  EXPECT_THAT(progress, ElementsAre(100, 200, 250));
}

TEST_F(Submit, a_request_has_no_more_bytes_than_asked) {
  // {"value":[…]} of two tasks of 31 bytes each and a comma is 75 bytes.
  expect_add({success("a"), success("b")});
  expect_add({success("c")});
  ASSERT_TRUE(submit(tasks_named({"a", "b", "c"}), {.bytes_per_request = 75}));
  EXPECT_EQ(transport.requests()[0].body.size(), 75u);
  expect_add({success("a")});
  expect_add({success("b")});
  ASSERT_TRUE(submit(tasks_named({"a", "b"}), {.bytes_per_request = 74}));
  expect_add({success("a")});
  ASSERT_TRUE(submit(tasks_named({"a"}), {.bytes_per_request = 1}));
}

TEST_F(Submit, a_request_that_is_too_large_is_halved_and_so_are_later_ones) {
  expect_refusal(413, "RequestBodyTooLarge");
  expect_add({success("a"), success("b")});
  expect_add({success("c"), success("d")});
  expect_add({success("e")});
  expect_add({success("f")});
  const auto outcomes =
      submit(tasks_named({"a", "b", "c", "d", "e", "f"}), {.tasks_per_request = 4}).value();
  for (const auto& outcome : outcomes) EXPECT_EQ(outcome.submitted, Submitted::added);
  EXPECT_THAT(ids_by_request(),
              ElementsAre(ElementsAre("a", "b", "c", "d"), ElementsAre("a", "b"),
                          ElementsAre("c", "d"), ElementsAre("e"), ElementsAre("f")));
}

TEST_F(Submit, a_single_task_that_is_too_large_fails_alone) {
  expect_refusal(413, "RequestBodyTooLarge");
  expect_refusal(413, "RequestBodyTooLarge");
  expect_add({success("b")});
  const auto outcomes = submit(tasks_named({"a", "b"})).value();
  EXPECT_EQ(outcomes[0].submitted, Submitted::failed);
  EXPECT_EQ(outcomes[0].error->service_code, "RequestBodyTooLarge");
  EXPECT_EQ(outcomes[1].submitted, Submitted::added);
}

TEST_F(Submit, an_error_of_the_job_stops_the_rest) {
  expect_refusal(409, "JobCompleted");
  const auto outcomes = submit(many_tasks(300));
  ASSERT_FALSE(outcomes);
  EXPECT_EQ(outcomes.error().code, Code::conflict);
  EXPECT_THAT(outcomes.error().message, HasSubstr("submitting tasks to job 'j': "));
  expect_refusal(404, "JobNotFound");
  EXPECT_EQ(submit(many_tasks(300)).error().code, Code::not_found);
}

TEST_F(Submit, an_error_of_the_connection_stops_the_rest) {
  transport.expect("POST", url("/jobs/j/addtaskcollection"), fail(Code::timeout, "no answer"));
  EXPECT_EQ(submit(many_tasks(300)).error().code, Code::timeout);
}

TEST_F(Submit, nothing_is_sent_after_a_cancellation) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(batch.submit_tasks("j", many_tasks(5), {}, stop.get_token()).error().code,
            Code::cancelled);
  EXPECT_TRUE(transport.requests().empty());
}

TEST_F(Submit, a_cancellation_ends_the_pause_before_the_next_try) {
  std::stop_source stop;
  clock.on_sleep = [&](auto) { stop.request_stop(); };
  expect_add({failed_add(TaskAddStatus::server_error, "a", "ServerBusy")});
  EXPECT_EQ(batch.submit_tasks("j", tasks_named({"a"}), {}, stop.get_token()).error().code,
            Code::cancelled);
}

// A service that adds whatever is sent, and holds each answer back until `together` requests have
// been under way at the same time.
class AddingService final : public Transport {
 public:
  explicit AddingService(int together) : together_(together) {}

  Result<Response> send(const Request& request, std::stop_token) override {
    const auto ids = ids_of(request.body);
    std::unique_lock lock(mutex_);
    ++under_way_;
    most_ = std::max(most_, under_way_);
    changed_.notify_all();
    // The limit only makes a failing test end.
    changed_.wait_for(lock, std::chrono::seconds(20), [&] { return most_ >= together_; });
    --under_way_;
    for (const auto& id : ids) {
      if (refused.contains(id)) return Response{.status = 404, .body = R"({"code":"JobNotFound"})"};
      ++added[id];
    }
    return Response{.status = 200, .body = successes(ids)};
  }

  int most() const { return most_; }
  std::map<std::string, int> added;
  std::set<std::string> refused;

 private:
  const int together_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int under_way_ = 0;
  int most_ = 0;
};

TEST(SubmitInParallel, several_requests_are_under_way_and_each_task_is_sent_once) {
  AddingService service(3);
  FakeClock clock;
  AzureBatch batch(*Url::parse("https://b.example"), service, clock);
  const auto tasks = many_tasks(1234);
  std::vector<std::size_t> progress;
  const auto outcomes = batch.submit_tasks(
      "j", tasks, {.tasks_per_request = 10, .parallel = 3, .progress = [&](std::size_t done) {
                     progress.push_back(done);
                   }});
  ASSERT_TRUE(outcomes) << outcomes.error().message;
  EXPECT_EQ(service.most(), 3);
  EXPECT_EQ(service.added.size(), tasks.size());
  for (const auto& [id, times] : service.added) EXPECT_EQ(times, 1) << id;
  for (std::size_t i = 0; i < tasks.size(); ++i) EXPECT_EQ((*outcomes)[i].task_id, tasks[i].id);
  EXPECT_TRUE(std::is_sorted(progress.begin(), progress.end()));
  EXPECT_EQ(progress.size(), 124u);
  EXPECT_EQ(progress.back(), tasks.size());
}

TEST(SubmitInParallel, the_first_error_stops_all_workers) {
  AddingService service(1);
  service.refused = {"t25"};
  FakeClock clock;
  AzureBatch batch(*Url::parse("https://b.example"), service, clock);
  const auto tasks = many_tasks(10'000);
  const auto outcomes = batch.submit_tasks("j", tasks, {.tasks_per_request = 1, .parallel = 4});
  ASSERT_FALSE(outcomes);
  EXPECT_EQ(outcomes.error().code, Code::not_found);
  // All but the refused one would be added by workers that do not hear of it.
  EXPECT_LT(service.added.size(), tasks.size() - 1);
}

}  // namespace
}  // namespace dms::batch
