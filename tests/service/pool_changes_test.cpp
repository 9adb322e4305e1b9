// Changes of a pool's properties and of its allocation, through the Core's handlers. World:
// tests/service/world.h.
#include "tests/service/world.h"

namespace dms::service {
namespace {

using batch::AllocationState;
using batch::NodeDeallocationOption;
using batch::NodeState;
using batch::TaskState;

class PoolChanges : public CoreTest {
 protected:
  AllocationState allocation() { return *world.pool().wire.allocation_state; }
  std::string patch(const batch::PoolPatch& what) {
    return code_of(world.act([&](Core& core, Effects& out, Timestamp now) {
      return patch_pool(core, out, world.pool(), what, now);
    }));
  }
  std::string stop() {
    return code_of(world.act([&](Core& core, Effects& out, Timestamp now) {
      return stop_resize(core, out, world.pool(), now);
    }));
  }
  std::string remove(const batch::NodeRemove& what) {
    return code_of(world.act([&](Core& core, Effects& out, Timestamp now) {
      Status status = remove_nodes(core, out, world.pool(), what, now);
      schedule(core, out, world.pool().id(), now);
      return status;
    }));
  }
};

TEST_F(PoolChanges, a_patch_changes_what_it_names_and_the_etag) {
  world.add_pool("p");
  const std::string etag = *world.pool().wire.etag;
  world.pass(std::chrono::seconds(1));
  batch::PoolPatch what;
  what.metadata = std::vector<batch::MetadataItem>{{"a", "b"}};
  what.display_name = "shown";
  EXPECT_EQ(patch(what), "");
  world.restart();
  const auto& wire = world.pool().wire;
  EXPECT_EQ(wire.metadata, *what.metadata);
  EXPECT_EQ(wire.display_name, "shown");
  EXPECT_NE(wire.etag, etag);
  EXPECT_EQ(wire.vm_size, "standard_f2s_v2");
}

TEST_F(PoolChanges, what_nodes_are_made_from_changes_only_while_there_are_none) {
  world.add_pool("p");
  batch::PoolPatch what;
  what.task_slots_per_node = 4;
  EXPECT_EQ(patch(what), "OperationInvalidForCurrentState");
  world.resize_pool("p", 0, NodeDeallocationOption::requeue);
  world.settle();
  what.vm_size = "Standard_D4";
  EXPECT_EQ(patch(what), "");
  world.resize_pool("p", 1, NodeDeallocationOption::requeue);
  world.settle();
  EXPECT_EQ(world.node_record(world.node(0)).slots, 4);
  EXPECT_EQ(world.pool().wire.vm_size, "standard_d4");
}

TEST_F(PoolChanges, a_patch_is_checked_as_an_add_is) {
  world.add_pool("p", {.nodes = 0});
  batch::PoolPatch what;
  what.start_task = batch::StartTask{};
  EXPECT_EQ(patch(what), "InvalidPropertyValue");
  what = {};
  what.metadata = std::vector<batch::MetadataItem>{{"", "b"}};
  EXPECT_EQ(patch(what), "EmptyMetadataKey");
  what = {};
  what.mount_configuration.emplace(1);
  EXPECT_EQ(patch(what), "UnsupportedProperty");
  world.delete_pool("p");
  EXPECT_EQ(patch({}), "PoolBeingDeleted");
}

TEST_F(PoolChanges, stopping_a_resize_is_seen_and_told_as_errors) {
  world.add_pool("p");
  EXPECT_EQ(stop(), "OperationInvalidForCurrentState");
  world.resize_pool("p", 3, NodeDeallocationOption::requeue);
  EXPECT_EQ(stop(), "");
  EXPECT_EQ(allocation(), AllocationState::stopping);
  EXPECT_EQ(stop(), "OperationInvalidForCurrentState");
  world.tick();
  EXPECT_EQ(allocation(), AllocationState::steady);
  ASSERT_EQ(world.pool().wire.resize_errors.size(), 2u);
  EXPECT_EQ(world.pool().wire.resize_errors[0].code, "ResizeStopped");
  EXPECT_EQ(world.pool().wire.resize_errors[1].message,
            "Desired number of low priority nodes could not be allocated due to a stop resize "
            "operation");
  EXPECT_EQ(world.pool().wire.target_dedicated_nodes, 3) << "the target stays as asked";
  world.settle();
  EXPECT_EQ(world.pool().nodes.size(), 1u) << "nodes that were not there yet are given up";
  world.resize_pool("p", 2, NodeDeallocationOption::requeue);
  EXPECT_TRUE(world.pool().wire.resize_errors.empty());
  world.settle();
  EXPECT_EQ(world.pool().nodes.size(), 2u);
}

TEST_F(PoolChanges, a_stop_is_finished_after_a_restart) {
  world.add_pool("p");
  world.resize_pool("p", 3, NodeDeallocationOption::requeue);
  EXPECT_EQ(stop(), "");
  world.restart();
  EXPECT_EQ(allocation(), AllocationState::stopping);
  world.settle();
  EXPECT_EQ(allocation(), AllocationState::steady);
}

TEST_F(PoolChanges, removing_nodes_lowers_the_targets_of_their_kinds) {
  world.add_pool("p", {.nodes = 2, .low_priority_nodes = 1});
  world.add_job("j");
  world.add_task("t1");
  const auto low = std::find_if(world.pool().nodes.begin(), world.pool().nodes.end(),
                                [](const auto& n) { return !*n.second.wire.is_dedicated; });
  const std::string busy = world.task("t1").node->node.text;
  batch::NodeRemove what{.node_list = {busy, low->second.wire.id}};
  if (busy == low->second.wire.id) what.node_list.pop_back();
  EXPECT_EQ(remove(what), "");
  EXPECT_EQ(allocation(), AllocationState::resizing);
  EXPECT_EQ(
      *world.pool().wire.target_dedicated_nodes + *world.pool().wire.target_low_priority_nodes,
      3 - static_cast<int>(what.node_list.size()));
  EXPECT_EQ(world.pool().wire.target_low_priority_nodes, 0);
  EXPECT_EQ(world.task("t1").requeue_count, 1);
  EXPECT_EQ(remove(what), "PoolBeingResized");
  if (world.ends() == Words{"t1"}) world.answer_end("t1");
  world.settle();
  EXPECT_EQ(world.pool().nodes.size(), 3 - what.node_list.size());
  EXPECT_EQ(allocation(), AllocationState::steady);
}

TEST_F(PoolChanges, removing_refuses_what_it_cannot_do) {
  world.add_pool("p");
  EXPECT_EQ(remove({}), "InvalidPropertyValue");
  EXPECT_EQ(remove({.node_list = std::vector<std::string>(101, "n")}), "InvalidPropertyValue");
  EXPECT_EQ(remove({.node_list = {"nobody"}}), "NodeNotFound");
  EXPECT_EQ(remove({.node_list = {"n"}, .resize_timeout = Duration{std::chrono::seconds(1)}}),
            "InvalidPropertyValue");
  EXPECT_EQ(allocation(), AllocationState::steady);
  EXPECT_EQ(world.pool().wire.target_dedicated_nodes, 1);
}

TEST_F(PoolChanges, shrinking_with_retained_data_waits_for_the_retention) {
  world.add_pool("p");
  world.add_job("j");
  world.add_task("t1");
  EXPECT_EQ(world.resize_pool("p", 0, NodeDeallocationOption::retained_data), "");
  EXPECT_EQ(world.node_state(0), NodeState::leaving_pool);
  world.end_run("t1");
  world.pass(std::chrono::days(6));
  world.settle();
  EXPECT_EQ(world.pool().nodes.size(), 1u);
  world.restart();
  world.hello_all();
  world.pass(std::chrono::days(1));
  world.settle();
  EXPECT_TRUE(world.pool().nodes.empty());
}

TEST_F(PoolChanges, a_resize_names_a_target_and_a_fitting_timeout) {
  world.add_pool("p");
  const auto resize = [&](const batch::PoolResize& what) {
    return code_of(world.act([&](Core& core, Effects& out, Timestamp now) {
      return service::resize_pool(core, out, world.pool(), what, now);
    }));
  };
  EXPECT_EQ(resize({}), "MissingRequiredProperty");
  EXPECT_EQ(
      resize({.target_dedicated_nodes = 2, .resize_timeout = Duration{std::chrono::minutes(4)}}),
      "InvalidPropertyValue");
  EXPECT_EQ(
      resize({.target_dedicated_nodes = 2, .resize_timeout = Duration{std::chrono::minutes(5)}}),
      "");
}

}  // namespace
}  // namespace dms::service
