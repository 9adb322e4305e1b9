#include "models/study/master.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/study/study.h"

namespace dms::models {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Result<Study> parse(const std::string& text) {
  return parse_study("/study.yml", "job_name: beo\n" + text);
}

std::string master_error(const std::string& text) {
  const auto study = parse(text);
  return study ? "no error" : study.error().message;
}

TEST(StudyMaster, is_read_with_its_workers) {
  const auto study = parse(
      "master: {command: ./start_master.sh, outputs: [case.rec], port: 4004, grace: 1m}\n"
      "workers: {command: ./start_worker.sh, count: 26, max_replacements: 9, outputs: w.rec}\n");
  ASSERT_TRUE(study) << study.error().message;
  EXPECT_EQ(study->master->command, "./start_master.sh");
  EXPECT_THAT(study->master->outputs, ElementsAre("case.rec"));
  EXPECT_EQ(study->master->port, 4004);
  EXPECT_EQ(study->master->grace, std::chrono::minutes(1));
  EXPECT_EQ(study->workers->command, "./start_worker.sh");
  EXPECT_EQ(study->workers->count, 26);
  EXPECT_EQ(study->workers->max_replacements, 9);
  EXPECT_THAT(study->workers->outputs, ElementsAre("w.rec"));
}

TEST(StudyMaster, has_defaults) {
  const auto study = parse("master: {command: m}\nworkers: {command: w, count: 2}\n");
  ASSERT_TRUE(study) << study.error().message;
  EXPECT_EQ(study->master->port, 0);
  EXPECT_FALSE(study->master->any_port);
  EXPECT_FALSE(study->master->prints_hostname);
  EXPECT_EQ(study->master->grace, std::chrono::seconds(30));
  EXPECT_EQ(study->workers->max_replacements, 5);
}

TEST(StudyMaster, takes_any_port_and_no_grace) {
  const auto study =
      parse("master: {command: m, port: any, grace: 0s}\nworkers: {command: w, count: 2}\n");
  ASSERT_TRUE(study) << study.error().message;
  EXPECT_TRUE(study->master->any_port);
  EXPECT_EQ(study->master->grace, std::chrono::seconds(0));
}

TEST(StudyMaster, names_what_is_wrong_and_where) {
  const std::string good = "workers: {command: w, count: 2}\n";
  EXPECT_THAT(master_error("master: {command: m}\n"),
              HasSubstr("study.yml:2:9: a study with a master needs workers"));
  EXPECT_THAT(master_error(good), HasSubstr("needs a master"));
  EXPECT_THAT(master_error("master: {}\n" + good), HasSubstr("master has no command"));
  EXPECT_THAT(master_error("master: {command: m}\nworkers: {command: w}\n"),
              HasSubstr("workers has no count"));
  EXPECT_THAT(master_error("master: {command: m, prot: 4}\n" + good), HasSubstr("port"));
  EXPECT_THAT(master_error("master: {command: m, port: 70000}\n" + good),
              HasSubstr("1 to 65535, or any"));
  EXPECT_THAT(master_error("master: {command: m, outputs: [../x]}\n" + good),
              HasSubstr("study.yml:2:32: master.outputs: '../x' is not below"));
  EXPECT_THAT(master_error("master: {command: m, port: any, prints_hostname: true}\n" + good),
              HasSubstr("does not go with prints_hostname"));
  EXPECT_THAT(master_error("master: {command: m, grace: 25h}\n" + good),
              HasSubstr("at most a day, not 25h"));
  EXPECT_THAT(master_error("master: m\n" + good), HasSubstr("master is a map of keys"));
}

TEST(StudyMaster, knows_how_many_workers_a_master_can_have) {
  EXPECT_TRUE(parse("master: {command: m}\nworkers: {command: w, count: 1000}\n"));
  EXPECT_THAT(master_error("master: {command: m}\nworkers: {command: w, count: 1001}\n"),
              HasSubstr("at most 1000, not 1001: masters such as PEST++'s fail"));
}

TEST(StudyMaster, refuses_what_only_sweeps_have) {
  const std::string both = "master: {command: m}\nworkers: {command: w, count: 2}\n";
  for (const char* key :
       {"command: x", "sweep: {A: [1]}", "outputs: [a]", "max_task_retry_count: 1"})
    EXPECT_THAT(master_error(both + key + "\n"), HasSubstr("does not go with a master"));
  EXPECT_THAT(master_error(both + "environment_variables: {MASTER_IP: x}\n"),
              HasSubstr("MASTER_IP is set by dmsbatch"));
}

}  // namespace
}  // namespace dms::models
