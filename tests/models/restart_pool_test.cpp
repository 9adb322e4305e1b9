// A pool restarted: what it had it has again, also when the program dies anywhere meanwhile.
#include "models/place/restart_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/support/fake_clock.h"

namespace dms::models {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

// The service's side of one pool; a resize ends with the next pause of the clock.
class OnePool final : public Transport {
 public:
  Result<Response> send(const Request& request, std::stop_token) override {
    const std::string& path = request.url.path;
    if (++requests == dies_at) return fail(Code::unavailable, "the network is gone");
    if (path == "/pools/p" && request.method == "GET")
      return Response{.status = 200, .body = encode(pool)};
    done.push_back(path == "/pools/p" ? request.method : path.substr(path.rfind('/') + 1));
    if (path == "/pools/p")
      return change<batch::PoolPatch>(request.body, [&](const batch::PoolPatch& patch) {
        if (patch.metadata) pool.metadata = *patch.metadata;
      });
    if (path.ends_with("/disableautoscale")) return set_scale({}, {});
    if (path.ends_with("/enableautoscale"))
      return change<batch::EnableAutoScale>(request.body, [&](const batch::EnableAutoScale& scale) {
        set_scale(scale.auto_scale_formula, scale.auto_scale_evaluation_interval);
      });
    if (path.ends_with("/stopresize")) {
      pool.allocation_state = batch::AllocationState::stopping;
      return Response{.status = 202};
    }
    EXPECT_THAT(path, HasSubstr("/resize"));
    EXPECT_EQ(pool.allocation_state, batch::AllocationState::steady) << "or Azure refuses";
    EXPECT_FALSE(pool.enable_auto_scale.value_or(false)) << "or Azure refuses";
    change<batch::PoolResize>(request.body, [&](const batch::PoolResize& resize) {
      pool.allocation_state = batch::AllocationState::resizing;
      pool.target_dedicated_nodes = resize.target_dedicated_nodes.value_or(0);
      pool.target_low_priority_nodes = resize.target_low_priority_nodes.value_or(0);
      options.push_back(resize.node_deallocation_option);
    });
    return Response{.status = 202};
  }

  void pass_time() {
    const bool stuck_now = stuck && pool.allocation_state == batch::AllocationState::resizing;
    if (stuck_now) return;
    if (pool.allocation_state == batch::AllocationState::resizing) {
      pool.current_dedicated_nodes = pool.target_dedicated_nodes;
      pool.current_low_priority_nodes = pool.target_low_priority_nodes;
    }
    pool.allocation_state = batch::AllocationState::steady;
  }

  batch::Pool pool{.id = "p"};
  bool stuck = false;  // a resize does not end by itself
  int requests = 0, dies_at = 0;
  std::vector<std::string> done;
  std::vector<std::optional<batch::NodeDeallocationOption>> options;

 private:
  template <class Body>
  static Response change(const std::string& body, const std::function<void(const Body&)>& apply) {
    apply(*decode<Body>(body));
    return {.status = 200};
  }
  Response set_scale(std::optional<std::string> formula, std::optional<Duration> interval) {
    pool.enable_auto_scale = formula.has_value();
    pool.auto_scale_formula = std::move(formula);
    pool.auto_scale_evaluation_interval = interval;
    return {.status = 200};
  }
};

class RestartNotes final : public NoteListener {
 public:
  void note(std::string_view line) override { notes.emplace_back(line); }
  std::vector<std::string> notes;
};

class RestartPool : public testing::Test {
 protected:
  RestartPool() {
    clock_.on_sleep = [this](std::chrono::nanoseconds) { service_.pass_time(); };
    batch::Pool& pool = service_.pool;
    pool.state = batch::PoolState::active;
    pool.allocation_state = batch::AllocationState::steady;
    pool.metadata = {{.name = "created-by", .value = "ada"}};
    pool.target_dedicated_nodes = pool.current_dedicated_nodes = 2;
    pool.target_low_priority_nodes = pool.current_low_priority_nodes = 5;
  }
  void scale_by_formula() {
    service_.pool.enable_auto_scale = true;
    service_.pool.auto_scale_formula = "$TargetDedicatedNodes = 3;\n\"quoted\"";
    service_.pool.auto_scale_evaluation_interval = Duration{std::chrono::minutes(7)};
    service_.pool.target_dedicated_nodes = service_.pool.target_low_priority_nodes = std::nullopt;
  }
  Status restart(const PoolRestart& options = {}) {
    batch::AzureBatch batch(*Url::parse("http://batch.test"), service_, clock_);
    return restart_pool(batch, clock_, "p", options, notes_);
  }

  FakeClock clock_;
  OnePool service_;
  RestartNotes notes_;
};

TEST_F(RestartPool, gives_back_dedicated_and_low_priority_nodes) {
  const Status done = restart({.running_tasks = batch::NodeDeallocationOption::terminate});
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_THAT(service_.done, ElementsAre("PATCH", "resize", "resize", "PATCH"));
  EXPECT_EQ(service_.options.front(), batch::NodeDeallocationOption::terminate);
  EXPECT_EQ(service_.pool.target_dedicated_nodes, 2);
  EXPECT_EQ(service_.pool.target_low_priority_nodes, 5);
  EXPECT_THAT(service_.pool.metadata, testing::SizeIs(1)) << "the user's own";
  EXPECT_THAT(notes_.notes, Contains("pool p has its 2 dedicated and 5 low-priority nodes again"));
}

TEST_F(RestartPool, gives_back_the_formula) {
  scale_by_formula();
  const batch::Pool before = service_.pool;
  ASSERT_TRUE(restart());
  EXPECT_THAT(service_.done,
              ElementsAre("PATCH", "disableautoscale", "resize", "enableautoscale", "PATCH"));
  EXPECT_EQ(service_.pool.auto_scale_formula, before.auto_scale_formula);
  EXPECT_EQ(service_.pool.auto_scale_evaluation_interval, before.auto_scale_evaluation_interval);
}

TEST_F(RestartPool, loses_nothing_wherever_it_was_broken_off) {
  for (const bool formula : {false, true}) {
    if (formula) scale_by_formula();
    const batch::Pool before = service_.pool;
    int broken = 0;
    for (int at = 1;; ++at) {
      service_.requests = 0;
      service_.dies_at = at;
      const Status first = restart();
      service_.dies_at = 0;
      if (first) break;
      ++broken;
      EXPECT_THAT(first.error().message, HasSubstr("the same command goes on"));
      ASSERT_TRUE(restart()) << at;
      EXPECT_EQ(service_.pool.auto_scale_formula, before.auto_scale_formula) << at;
      if (!formula) {
        EXPECT_EQ(service_.pool.target_dedicated_nodes, 2) << at;
        EXPECT_EQ(service_.pool.target_low_priority_nodes, 5) << at;
      }
      EXPECT_THAT(service_.pool.metadata, testing::SizeIs(1)) << at;
      service_.pass_time();
    }
    EXPECT_GE(broken, 8);
  }
}

TEST_F(RestartPool, ends_a_resize_that_is_stuck_and_one_that_takes_too_long) {
  service_.stuck = true;
  service_.pool.allocation_state = batch::AllocationState::resizing;
  const auto start = clock_.steady_now();
  ASSERT_TRUE(restart({.wait = std::chrono::minutes(2)}));
  EXPECT_THAT(service_.done,
              ElementsAre("PATCH", "stopresize", "resize", "stopresize", "resize", "PATCH"));
  EXPECT_LT(clock_.steady_now() - start, std::chrono::minutes(3));
  EXPECT_THAT(notes_.notes, Contains("7 nodes are still there and are left to the service"));
  EXPECT_EQ(service_.pool.target_low_priority_nodes, 5);
}

TEST_F(RestartPool, leaves_a_pool_alone_that_is_being_deleted) {
  service_.pool.state = batch::PoolState::deleting;
  EXPECT_EQ(restart().error().code, Code::conflict);
  EXPECT_THAT(service_.done, testing::IsEmpty());
}

}  // namespace
}  // namespace dms::models
