// What waits for the disk and what does not: a store that is held back, and requests meanwhile.
#include "service/engine.h"

#include <condition_variable>
#include <future>

#include "tests/service/batch_fixture.h"

namespace dms::service {
namespace {

// Rows are durable at once, or, while it is held, only when it is let go.
class HeldStore final : public Store {
 public:
  void hold() {
    const std::lock_guard lock(mutex_);
    held_ = true;
  }
  void let_go() {
    const std::lock_guard lock(mutex_);
    held_ = false;
    durable_ = last_;
    changed_.notify_all();
  }
  // Returns when this many callers wait for what is held.
  void until_waiting(int callers) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_ == callers; });
  }

  Ticket enqueue(std::vector<Change>) override {
    const std::lock_guard lock(mutex_);
    ++last_;
    if (!held_) durable_ = last_;
    return last_;
  }
  Status wait(Ticket ticket) override {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return durable_ >= ticket; });
    --waiting_;
    return ok();
  }
  Ticket durable() override {
    const std::lock_guard lock(mutex_);
    return durable_;
  }
  Status load(std::string_view,
              const std::function<void(std::string_view, std::string_view)>&) override {
    return ok();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;
  int waiting_ = 0;
  Ticket last_ = 0;
  Ticket durable_ = 0;
};

class EngineTest : public ::testing::Test {
 protected:
  void SetUp() override {
    engine.start();
    send("POST", "/pools", R"({"id":"p","vmSize":"small","targetDedicatedNodes":1})");
    host.hello_all();
    send("POST", "/jobs", R"({"id":"j","poolInfo":{"poolId":"p"}})");
  }
  void TearDown() override { store.let_go(); }

  static Core fresh_core() {
    Core core;
    core.account = "acct";
    core.base_url = base;
    return core;
  }

  int send(const std::string& method, const std::string& target, const std::string& body = "") {
    Request request{.method = method, .body = body};
    request.url = *Url::parse(base + target + "?api-version=2024-07-01.20.0");
    if (!body.empty())
      request.headers.set("Content-Type", "application/json; odata=minimalmetadata");
    SharedKey key = test_key();
    RouterTransport door(service);
    return Signed(door, key, Protocol::batch, clock).send(request)->status;
  }
  int add_task(const std::string& id) {
    return send("POST", "/jobs/j/tasks", R"({"id":")" + id + R"(","commandLine":"true"})");
  }
  std::future<int> begin(std::function<int()> request) {
    return std::async(std::launch::async, std::move(request));
  }

  std::vector<std::string> running() {
    (void)engine.is_busy();  // what is under way in the engine is over
    std::vector<std::string> ids;
    for (const auto& [node, spec] : host.running()) ids.push_back(spec.run.task_id);
    return ids;
  }
  void expect_to_run(const std::vector<std::string>& ids) {
    EXPECT_TRUE(poll_until(system_clock(), std::chrono::minutes(1), std::chrono::milliseconds(1),
                           [&]() -> Result<bool> { return running() == ids; }));
  }

  static constexpr const char* base = "http://127.0.0.1:1";
  TempDirectory directory;
  FakeClock clock;
  HeldStore store;
  FakeAgentHost host;
  Engine engine{fresh_core(), store, host, clock};
  BatchService service{{test_key(), base, directory.path().string()}, engine, clock};
};

TEST_F(EngineTest, starts_no_task_that_is_not_durable) {
  store.hold();
  auto added = begin([&] { return add_task("t1"); });
  store.until_waiting(2);  // the request, and the start
  EXPECT_EQ(running(), std::vector<std::string>{});
  store.let_go();
  EXPECT_EQ(added.get(), 201);
  expect_to_run({"t1"});
}

TEST_F(EngineTest, starts_a_durable_task_although_the_end_before_it_is_not) {
  EXPECT_EQ(add_task("t1"), 201);
  EXPECT_EQ(add_task("t2"), 201);
  store.hold();
  host.end_all([](const NodeKey&, const agent::RunSpec&) { return agent::RunEnd{.exit_code = 0}; });
  EXPECT_EQ(running(), std::vector<std::string>{"t2"});
  EXPECT_EQ(host.acknowledged(), 0u);
}

TEST_F(EngineTest, keeps_what_follows_a_waiting_start_behind_it) {
  store.hold();
  auto added = begin([&] { return add_task("t1"); });
  store.until_waiting(2);
  auto ended = begin([&] { return send("POST", "/jobs/j/tasks/t1/terminate"); });
  store.until_waiting(3);
  store.let_go();
  EXPECT_EQ(added.get(), 201);
  EXPECT_EQ(ended.get(), 204);
  expect_to_run({"t1"});  // the agent hears of both, in this order
  host.answer_ends();
  expect_to_run({});
}

TEST_F(EngineTest, makes_up_for_a_waiting_start_when_the_agent_connects_anew) {
  const NodeKey node = *engine.look([](const Core& core) -> Result<NodeKey> {
    return NodeKey{{"p"}, core.pools.begin()->second.nodes.begin()->first};
  });
  store.hold();
  auto added = begin([&] { return add_task("t1"); });
  store.until_waiting(2);
  engine.on_hello(node, {.node_id = node.node.text, .process_id = 101});
  store.let_go();
  EXPECT_EQ(added.get(), 201);
  expect_to_run({"t1"});
}

TEST_F(EngineTest, shows_nothing_that_is_not_durable) {
  EXPECT_EQ(add_task("t1"), 201);
  store.hold();
  host.end_all([](const NodeKey&, const agent::RunSpec&) { return agent::RunEnd{.exit_code = 0}; });
  auto shown = begin([&] { return send("GET", "/jobs/j/tasks/t1"); });
  store.until_waiting(2);  // the request, and the acknowledgement of the end
  EXPECT_EQ(shown.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  store.let_go();
  EXPECT_EQ(shown.get(), 200);
}

}  // namespace
}  // namespace dms::service
