// Application packages, by hand. World: tests/service/world.h.
#include "service/core/packages.h"

#include "service/core/run_spec.h"
#include "tests/service/world.h"

namespace dms::service {
namespace {

using batch::NodeState;
using batch::TaskState;

constexpr const char* installs = "applications";

class Packages : public CoreTest {
 protected:
  std::string add(const std::string& application, const std::string& version) {
    return code_of(world.act([&](Core& c, Effects& out, Timestamp at) {
      return add_package(c, out, application, version, "/zips/" + application + version, at);
    }));
  }
  std::string set_default(const std::string& application, const std::string& version) {
    return code_of(world.act([&](Core& c, Effects& out, Timestamp) {
      return patch_application(c, out, application, {.default_version = version});
    }));
  }
  std::vector<std::string> remove(const std::string& application, const std::string& version) {
    auto zips = world.act([&](Core& c, Effects& out, Timestamp) {
      return version.empty() ? delete_application(c, out, application)
                             : delete_package(c, out, application, version);
    });
    return zips ? *zips : std::vector<std::string>{zips.error().service_code};
  }
  std::string add_pool(PackageReferences references,
                       std::optional<batch::StartTask> start = std::nullopt) {
    batch::Pool wire;
    wire.id = "p";
    wire.vm_size = "small";
    wire.target_dedicated_nodes = 1;
    wire.application_package_references = std::move(references);
    wire.start_task = std::move(start);
    return code_of(world.act(
        [&](Core& c, Effects& out, Timestamp at) { return service::add_pool(c, out, wire, at); }));
  }
  std::string add_task(const std::string& id, PackageReferences references) {
    batch::Task wire;
    wire.id = id;
    wire.command_line = "true";
    wire.application_package_references = std::move(references);
    return code_of(world.act([&](Core& c, Effects& out, Timestamp at) {
      auto added = service::add_task(c, out, world.job(), wire, at);
      schedule(c, out, world.job().pool(), at);
      return added;
    }));
  }
  void end_installation(std::optional<batch::FailureInfo> failed = std::nullopt) {
    agent::RunEnd end;
    end.failure_info = std::move(failed);
    world.end_run_as(installs, end, "");
  }
  static std::string value(const agent::RunSpec& spec, std::string_view name) {
    for (const auto& setting : spec.environment)
      if (setting.name == name) return *setting.value;
    return "none";
  }
};

TEST_F(Packages, are_versions_of_applications) {
  EXPECT_EQ(add("tool-a", "2.0"), "");
  EXPECT_EQ(add("Tool-A", "1.0"), "");
  EXPECT_EQ(add("bad id", "1.0"), "InvalidPropertyValue");
  EXPECT_EQ(add("tool", ""), "InvalidPropertyValue");
  EXPECT_EQ(add("tool", ".."), "InvalidPropertyValue");
  EXPECT_EQ(add("tool", "a/b"), "InvalidPropertyValue");
  ASSERT_EQ(world.core.applications.size(), 1u);
  EXPECT_EQ(set_default("tool-a", "3.0"), "InvalidPropertyValue");
  EXPECT_EQ(set_default("none", "1.0"), "ApplicationNotFound");
  EXPECT_EQ(set_default("tool-a", "1.0"), "");
  world.restart();
  const ApplicationRecord& record = world.core.applications.at({"TOOL-A"});
  EXPECT_EQ(encode(show_application(record)),
            R"({"id":"tool-a","displayName":"tool-a","versions":["1.0","2.0"]})");
  EXPECT_EQ(record.default_version, "1.0");
  EXPECT_EQ(remove("tool-a", "1.0"), Words{"/zips/Tool-A1.0"});
  EXPECT_EQ(record.default_version, std::nullopt);
  EXPECT_EQ(remove("tool-a", "1.0"), Words{"ApplicationNotFound"});
  EXPECT_EQ(remove("tool-a", "2.0"), Words{"/zips/tool-a2.0"}) << "the last takes it along";
  EXPECT_TRUE(world.core.applications.empty());
  add("x", "1");
  add("x", "2");
  EXPECT_EQ(remove("x", ""), (Words{"/zips/x1", "/zips/x2"}));
  world.restart();
  EXPECT_TRUE(world.core.applications.empty());
}

TEST_F(Packages, that_a_pool_refers_to_must_be_there) {
  EXPECT_EQ(add_pool({{"tool", {}}}), "InvalidApplicationPackageReferences");
  add("tool", "1.0");
  EXPECT_EQ(add_pool({{"tool", {}}}), "InvalidApplicationPackageReferences") << "no default";
  EXPECT_EQ(add_pool({{"tool", "2.0"}}), "InvalidApplicationPackageReferences");
  EXPECT_EQ(add_pool({{"TOOL", "1.0"}}), "");
}

TEST_F(Packages, of_a_pool_are_installed_before_anything_else) {
  add("tool", "1.0");
  ASSERT_EQ(add_pool({{"tool", "1.0"}}, batch::StartTask{.command_line = "start"}), "");
  world.add_job("j");
  world.add_task("t");
  world.hello_all();
  EXPECT_EQ(world.starts(), Words{installs});
  EXPECT_EQ(world.node_state(0), NodeState::starting);
  world.tick();
  world.tick();
  EXPECT_EQ(world.pool().wire.allocation_state, batch::AllocationState::resizing);
  end_installation();
  EXPECT_EQ(world.starts(), Words{"startup"});
  EXPECT_EQ(world.node_state(0), NodeState::waiting_for_start_task);
  world.end_start_task(world.node(0), 0);
  EXPECT_EQ(world.starts(), Words{"t"});
  const auto spec =
      run_spec_of_task(world.core, world.job(), world.task("t"), *world.task("t").node);
  ASSERT_TRUE(spec);
  EXPECT_EQ(value(*spec, "AZ_BATCH_APP_PACKAGE_tool_1_0"),
            node_root(world.core, world.node(0)) + "/applications/tool1.0/20260102T000000Z");
  EXPECT_EQ(value(*spec, "AZ_BATCH_APP_PACKAGE_tool"), "none") << "it is not the default";
  EXPECT_TRUE(spec->packages.empty()) << "they are there";
  EXPECT_EQ(value(run_spec_of_start_task(world.core, world.pool(), world.node_record(world.node(0)),
                                         0, 0),
                  "AZ_BATCH_APP_PACKAGE_tool_1_0"),
            value(*spec, "AZ_BATCH_APP_PACKAGE_tool_1_0"));
}

TEST_F(Packages, of_a_pool_are_those_of_the_last_boot) {
  add("tool", "1.0");
  set_default("tool", "1.0");
  ASSERT_EQ(add_pool({{"tool", {}}}), "");
  world.hello_all();
  end_installation();
  EXPECT_EQ(world.node_state(0), NodeState::idle);
  add("tool", "2.0");
  set_default("tool", "2.0");
  world.restart();
  world.hello_all();
  EXPECT_EQ(world.node_record(world.node(0)).packages.at(0).version, "1.0");
  world.forget();
  world.dead(world.node(0));
  world.hello_all();
  EXPECT_EQ(world.starts(), Words{installs});
  EXPECT_EQ(world.node_record(world.node(0)).packages.at(0).version, "2.0");
  end_installation();
  EXPECT_EQ(world.node_state(0), NodeState::idle);
}

TEST_F(Packages, that_cannot_be_installed_make_the_node_unusable) {
  add("tool", "1.0");
  ASSERT_EQ(add_pool({{"tool", "1.0"}}), "");
  world.hello_all();
  end_installation(failure("ApplicationPackageError"));
  EXPECT_EQ(world.node_state(0), NodeState::unusable);
  EXPECT_EQ(world.node_record(world.node(0)).wire.errors.at(0).code, "ApplicationPackageError");
  world.settle();
  EXPECT_EQ(world.pool().wire.allocation_state, batch::AllocationState::steady);
  remove("tool", "");
  world.forget();
  world.dead(world.node(0));
  world.hello_all();
  EXPECT_EQ(world.starts(), Words{});
  EXPECT_EQ(world.node_state(0), NodeState::unusable) << "it is deleted now";
}

TEST_F(Packages, whose_installation_was_cut_short_are_installed_again) {
  add("tool", "1.0");
  ASSERT_EQ(add_pool({{"tool", "1.0"}}), "");
  world.hello_all();
  agent::RunEnd lost;
  lost.ended_by = agent::EndedBy::lost;
  lost.failure_info = failure("Unknown");
  world.end_run_as(installs, lost, "");
  EXPECT_EQ(world.starts(), (Words{installs, installs}));
  world.restart();
  world.hello_all();
  EXPECT_EQ(world.starts(), Words{}) << "the agent is at it";
  world.agent(world.node(0)).running.clear();  // as if the frame had been lost
  world.silent(world.node(0));
  world.hello_all();
  EXPECT_EQ(world.starts(), Words{installs});
  end_installation();
  EXPECT_EQ(world.node_state(0), NodeState::idle);
}

TEST_F(Packages, of_a_task_come_with_its_run) {
  world.add_pool("p");
  world.add_job("j");
  EXPECT_EQ(add_task("t", {{"tool-a", "1.0"}}), "InvalidApplicationPackageReferences");
  add("tool-a", "1.0");
  set_default("tool-a", "1.0");
  EXPECT_EQ(add_task("t", {{"tool-A", {}}}), "");
  EXPECT_EQ(world.starts(), Words{"t"});
  const auto spec =
      run_spec_of_task(world.core, world.job(), world.task("t"), *world.task("t").node);
  ASSERT_TRUE(spec);
  ASSERT_EQ(spec->packages.size(), 1u);
  EXPECT_EQ(spec->packages[0].archive, "/zips/tool-a1.0");
  const std::string directory =
      node_root(world.core, world.node(0)) + "/" + spec->packages[0].directory;
  EXPECT_EQ(value(*spec, "AZ_BATCH_APP_PACKAGE_tool_A_1_0"), directory) << "the id as typed";
  EXPECT_EQ(value(*spec, "AZ_BATCH_APP_PACKAGE_tool_A"), directory);
}

TEST_F(Packages, that_are_not_there_fail_the_task_without_a_run) {
  world.add_pool("p");
  world.add_job("j", {.retries = 3});
  add("tool", "1.0");
  EXPECT_EQ(add_task("no-default", {{"tool", {}}}), "");
  EXPECT_EQ(add_task("no-version", {{"tool", "9"}}), "");
  for (const char* id : {"no-default", "no-version"}) {
    EXPECT_EQ(world.state(id), TaskState::completed) << id;
    EXPECT_EQ(world.task(id).failure->code, "ApplicationPackageError") << id;
    EXPECT_EQ(world.task(id).exit_code, std::nullopt) << id;
    EXPECT_EQ(world.task(id).retry_count, 0) << id;
  }
  EXPECT_EQ(world.starts(), Words{});
  EXPECT_EQ(add_task("good", {{"tool", "1.0"}}), "");
  EXPECT_EQ(world.starts(), Words{"good"});
}

}  // namespace
}  // namespace dms::service
