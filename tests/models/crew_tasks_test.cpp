#include "models/master/crew_tasks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dms::models {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Study study_of(const std::string& master, const std::string& workers,
               const std::string& more = "") {
  return *parse_study("/study.yml", "job_name: beo\nmaster: {command: m" + master +
                                        "}\nworkers: {command: w" + workers + "}\n" + more);
}

std::string setting_of(const batch::Task& task, std::string_view name) {
  for (const auto& setting : task.environment_settings)
    if (setting.name == name) return setting.value.value_or("");
  return "none";
}

const TaskPlace place{.tool_url = "http://b/tool",
                      .inputs_url = "http://b/in",
                      .results_container_url = "http://b/results",
                      .blob_prefix = "beo"};

TEST(CrewTasks, run_the_master_below_dmsnode) {
  const CrewTasks tasks(study_of(", port: any, outputs: [case.rec]", ", count: 2"), "abc");
  const batch::Task master = tasks.master(place);
  EXPECT_EQ(master.id, tasks.names().master());
  EXPECT_THAT(master.command_line,
              HasSubstr("\"$DMSBATCH_NODE_TOOL\" master --port any -- /bin/bash"));
  ASSERT_EQ(master.output_files.size(), 1u);
  EXPECT_EQ(master.output_files[0].destination.container->path,
            "beo/" + master.id + "/outputs.zip");
}

TEST(CrewTasks, leave_a_master_alone_that_prints_its_host_name) {
  const CrewTasks tasks(study_of(", prints_hostname: true, port: 4004", ", count: 2"), "");
  const batch::Task master = tasks.master(place);
  EXPECT_THAT(master.command_line, Not(HasSubstr("dmsnode master")));
  EXPECT_EQ(setting_of(master, "MASTER_PORT"), "4004");
}

TEST(CrewTasks, tell_workers_where_the_master_is) {
  const CrewTasks tasks(study_of("", ", count: 2", "environment_variables: {A: b}\n"), "");
  const WorkerName name{.number = 2, .start = "abcdef"};
  const batch::Task worker =
      tasks.worker(name, {.hostname = "node7", .ip = "10.0.0.7", .port = "4004"}, place);
  EXPECT_EQ(worker.id, tasks.names().worker(name));
  EXPECT_EQ(setting_of(worker, "MASTER_HOSTNAME"), "node7");
  EXPECT_EQ(setting_of(worker, "MASTER_IP"), "10.0.0.7");
  EXPECT_EQ(setting_of(worker, "MASTER_PORT"), "4004");
  EXPECT_EQ(setting_of(worker, "A"), "b");
  EXPECT_THAT(worker.output_files, IsEmpty()) << "nothing was asked for";
}

TEST(CrewTasks, bring_each_workers_outputs_to_a_place_of_its_own) {
  const CrewTasks tasks(study_of("", ", count: 2, outputs: [w.rec]"), "");
  const batch::Task worker = tasks.worker({.number = 2, .start = "abcdef"}, {}, place);
  ASSERT_EQ(worker.output_files.size(), 1u);
  EXPECT_EQ(worker.output_files[0].destination.container->path,
            "beo/" + worker.id + "/outputs.zip");
}

TEST(CrewTasks, are_others_when_the_study_does_something_else) {
  const auto id = [](const Study& study, const std::string& inputs) {
    return CrewTasks(study, inputs).names().master();
  };
  const std::string known = id(study_of("", ", count: 2"), "abc");
  EXPECT_EQ(id(study_of(", grace: 9s", ", count: 7, max_replacements: 1"), "abc"), known)
      << "how many and how long is not what";
  EXPECT_NE(id(study_of("", ", count: 2"), "abd"), known);
  EXPECT_NE(id(study_of(", port: 4004", ", count: 2"), "abc"), known);
  EXPECT_NE(id(study_of("", "2, count: 2"), "abc"), known);
}

TEST(MasterPlace, is_read_when_all_of_it_is_there) {
  const MasterSpec any{.any_port = true};
  const auto read = [&](std::string_view text) { return read_master_place(text, any); };
  EXPECT_FALSE(*read(""));
  EXPECT_FALSE(*read("hostname node7"));
  EXPECT_FALSE(*read("hostname node7\naddress 10.0.0.7\n"));
  const auto place_read = read("hostname node7\naddress 10.0.0.7\nport 33001\nhostname other\n");
  ASSERT_TRUE(place_read && *place_read);
  EXPECT_EQ((*place_read)->hostname, "node7");
  EXPECT_EQ((*place_read)->ip, "10.0.0.7");
  EXPECT_EQ((*place_read)->port, "33001");
}

TEST(MasterPlace, needs_the_first_line_only_of_a_master_that_prints_it) {
  const MasterSpec own{.port = 4004, .prints_hostname = true};
  const auto read = read_master_place("hostname NODE7\r\nsomething\n", own);
  ASSERT_TRUE(read && *read);
  EXPECT_EQ((*read)->hostname, "NODE7");
  EXPECT_EQ((*read)->ip, "");
  EXPECT_EQ((*read)->port, "4004");
  const auto wrong = read_master_place("starting\nhostname NODE7\n", own);
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message, HasSubstr("first line is 'starting' and not"));
}

}  // namespace
}  // namespace dms::models
