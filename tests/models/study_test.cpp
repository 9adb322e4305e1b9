#include "models/study/study.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/file.h"
#include "tests/support/temp_directory.h"

namespace dms::models {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Pair;

class StudyFile : public testing::Test {
 protected:
  Result<Study> load(const std::string& text) {
    EXPECT_TRUE(write_file_atomic(path(), text));
    return load_study(path());
  }
  std::string path() const { return directory_ / "study.yml"; }
  TempDirectory directory_;
};

constexpr const char* whole = R"(job_name: melt
pool_name: lab
inputs: .
exclude: ["*.tmp"]
command: lmp -in in.melt
sweep:
  T: [0.70, "a b", 1e3]
  N: {range: [1, 3]}
outputs: [result.txt, log.*]
results:
  t_end: {file: result.txt, regex: 'Tend (\S+)'}
environment_variables: {OMP_NUM_THREADS: 1}
num_hosts: 3
task_slots_per_node: 2
vm_size: standard_d4s_v5
pool: {recipe: spot, max_nodes: 60, image: debian-12, start_task: ls, when_done: idle:2h}
app_pkgs: [lammps, {name: dsm2, version: 8.2.1, path: bin}]
max_task_retry_count: 1
max_wall_clock: 1h30m
)";

TEST_F(StudyFile, names_shared_files_by_their_last_part) {
  const auto study = [&](const std::string& list) {
    return load("job_name: j\ncommand: c\nshared_files: " + list + "\n");
  };
  ASSERT_TRUE(write_file_atomic(directory_ / "tide.h5", "x"));
  std::filesystem::create_directories(directory_.path() / "b");
  ASSERT_TRUE(write_file_atomic(directory_ / "b/tide.h5", "y"));
  ASSERT_TRUE(write_file_atomic(directory_ / "dmsbatch", "z"));
  ASSERT_TRUE(study("[tide.h5]"));
  EXPECT_THAT(study("[tide.h5]")->shared_files, ElementsAre(directory_.path() / "tide.h5"));
  EXPECT_THAT(study("[b/tide.h5, tide.h5]").error().message,
              HasSubstr(":3:27: shared_files: two files have the name tide.h5"));
  EXPECT_THAT(study("[absent.h5]").error().message, HasSubstr("shared_files: no such file: "));
  EXPECT_THAT(study("b").error().message, HasSubstr("shared_files: no such file: "));
  EXPECT_THAT(study("dmsbatch").error().message, HasSubstr("the name dmsbatch is taken"));
}

TEST_F(StudyFile, reads_every_key) {
  const auto study = load(whole);
  ASSERT_TRUE(study) << study.error().message;
  EXPECT_EQ(study->job_name, "melt");
  EXPECT_EQ(study->pool_name, "lab");
  EXPECT_EQ(study->inputs, directory_.path());
  EXPECT_THAT(study->exclude, ElementsAre("*.tmp"));
  EXPECT_EQ(study->command, "lmp -in in.melt");
  EXPECT_EQ(study->space.size(), 9);
  EXPECT_THAT(study->outputs, ElementsAre("result.txt", "log.*"));
  ASSERT_EQ(study->results.size(), 1);
  EXPECT_EQ(study->results[0].name, "t_end");
  EXPECT_EQ(study->results[0].file, "result.txt");
  EXPECT_EQ(study->results[0].regex, "Tend (\\S+)");
  EXPECT_THAT(study->environment_variables, ElementsAre(Pair("OMP_NUM_THREADS", "1")));
  EXPECT_EQ(study->num_hosts, 3);
  EXPECT_EQ(study->task_slots_per_node, 2);
  EXPECT_EQ(study->vm_size, "standard_d4s_v5");
  EXPECT_EQ(study->max_task_retry_count, 1);
  EXPECT_EQ(study->max_wall_clock->iso8601(), "PT1H30M");
}

TEST_F(StudyFile, reads_the_pool_and_the_packages) {
  const auto study = load(whole);
  ASSERT_TRUE(study) << study.error().message;
  const pools::Recipe recipe = recipe_of(*study);
  EXPECT_EQ(recipe.kind, pools::Kind::spot);
  EXPECT_EQ(recipe.nodes, 3);
  EXPECT_EQ(recipe.max_nodes, 60);
  EXPECT_EQ(recipe.task_slots_per_node, 2);
  EXPECT_EQ(recipe.vm_size, "standard_d4s_v5");
  EXPECT_EQ(recipe.machine.node_agent_sku_id, "batch.node.debian 12");
  EXPECT_EQ(recipe.start_command, "ls");
  EXPECT_EQ(recipe.when_done.idle, std::chrono::hours(2));
  ASSERT_EQ(study->app_packages.size(), 2);
  EXPECT_EQ(study->app_packages[0].name, "lammps");
  EXPECT_EQ(study->app_packages[1].version, "8.2.1");
  EXPECT_EQ(study->app_packages[1].path, "bin");
}

TEST_F(StudyFile, takes_an_image_by_its_parts_or_its_id) {
  const auto parts = load(
      "job_name: j\ncommand: c\npool: {image: {publisher: p, offer: o, sku: s, "
      "node_agent_sku_id: a}}\n");
  ASSERT_TRUE(parts) << parts.error().message;
  EXPECT_EQ(recipe_of(*parts).machine.image_reference.version, "latest");
  const auto own = load(
      "job_name: j\ncommand: c\npool: {image: {id: /subscriptions/x, node_agent_sku_id: a}}\n");
  ASSERT_TRUE(own) << own.error().message;
  EXPECT_EQ(recipe_of(*own).machine.image_reference.virtual_machine_image_id, "/subscriptions/x");
}

TEST_F(StudyFile, keeps_list_values_as_they_were_written) {
  const auto study = load(whole);
  ASSERT_TRUE(study);
  EXPECT_THAT(study->space.point(0), ElementsAre("0.70", "1"));
  EXPECT_THAT(study->space.point(3), ElementsAre("a b", "1"));
  EXPECT_THAT(study->space.point(8), ElementsAre("1e3", "3"));
}

TEST_F(StudyFile, needs_a_name_and_a_command_only) {
  const auto study = load("job_name: one\ncommand: ./model\n");
  ASSERT_TRUE(study) << study.error().message;
  EXPECT_EQ(study->space.size(), 1);
  EXPECT_EQ(study->pool_name, "one");
  EXPECT_FALSE(study->inputs);
}

TEST_F(StudyFile, keeps_the_lines_of_a_block_command) {
  const auto study = load("job_name: j\ncommand: |\n  a \"$B\"\n  \tc {x}\n");
  ASSERT_TRUE(study) << study.error().message;
  EXPECT_EQ(study->command, "a \"$B\"\n\tc {x}\n");
}

TEST_F(StudyFile, says_which_file_is_missing) {
  const auto study = load_study(directory_ / "none.yml");
  ASSERT_FALSE(study);
  EXPECT_EQ(study.error().code, Code::not_found);
  EXPECT_THAT(study.error().message, HasSubstr("none.yml"));
}

TEST_F(StudyFile, refuses_a_folder_as_the_study) {
  const auto study = load_study(directory_.path());
  ASSERT_FALSE(study);
  EXPECT_THAT(study.error().message, HasSubstr("is a folder"));
}

// What is wrong, and the place and words of the message.
struct Wrong {
  const char* text;
  const char* place;
  const char* words;
};

class WrongStudy : public StudyFile, public testing::WithParamInterface<Wrong> {};

TEST_P(WrongStudy, is_refused_with_its_place) {
  const auto study = load(GetParam().text);
  ASSERT_FALSE(study);
  EXPECT_EQ(study.error().code, Code::invalid_argument);
  EXPECT_THAT(study.error().message, HasSubstr(path() + GetParam().place));
  EXPECT_THAT(study.error().message, HasSubstr(GetParam().words));
}

// NOLINTBEGIN
#define HEAD "job_name: j\ncommand: c\n"
INSTANTIATE_TEST_SUITE_P(
    Study, WrongStudy,
    testing::Values(
        Wrong{"", ":1:1: ", "no job_name"}, Wrong{"job_name: j\n", ":1:1: ", "no command"},
        Wrong{"- a\n", ":1:1: ", "a map of keys, not a list"},
        Wrong{HEAD "num_host: 2\n", ":3:1: ", "unknown key 'num_host' (did you mean 'num_hosts'?)"},
        Wrong{HEAD "frobnicate: 2\n", ":3:1: ", "known are job_name"},
        Wrong{HEAD "command: d\n", ":3:1: ", "the key 'command' stands here already, in line 2"},
        Wrong{HEAD "num_hosts: two\n", ":3:12: ", "a whole number from 1 to 10000, not 'two'"},
        Wrong{HEAD "num_hosts: \"2\"\n", ":3:12: ", "a whole number"},
        Wrong{HEAD "num_hosts: 0\n", ":3:12: ", "not '0'"},
        Wrong{HEAD "num_hosts: 1.5\n", ":3:12: ", "not '1.5'"},
        Wrong{HEAD "task_slots_per_node: 257\n", ":3:22: ", "from 1 to 256"},
        Wrong{HEAD "pool: melt\n", ":3:7: ", "an existing pool is named by pool_name"},
        Wrong{HEAD "pool: {recipe: sport}\n", ":3:16: ", "fixed, autoscale, spot or mpi"},
        Wrong{HEAD "pool: {recpie: spot}\n", ":3:8: ", "(did you mean 'recipe'?)"},
        Wrong{HEAD "pool: {max_nodes: 3}\n", ":3:19: ", "goes with the recipes autoscale and spot"},
        Wrong{HEAD "num_hosts: 4\npool: {recipe: spot, max_nodes: 3}\n",
              ":4:7: ", "max_nodes is 3"},
        Wrong{HEAD "pool: {image: ubuntu-22.05}\n", ":3:15: ", "did you mean 'ubuntu-22.04'?"},
        Wrong{HEAD "pool: {image: {publisher: p, sku: s}}\n", ":3:15: ", "node_agent_sku_id"},
        Wrong{HEAD "pool: {when_done: idle:1m}\n", ":3:19: ", "from 5m to 24h"},
        Wrong{HEAD "pool: {recipe: mpi}\ntask_slots_per_node: 2\n", ":3:7: ", "wait for ever"},
        Wrong{HEAD "task_slots_per_node: 9\n", ":1:1: ", "takes 8 task slots a node at most"},
        Wrong{HEAD "app_pkgs: dsm2\n", ":3:11: ", "a list of packages"},
        Wrong{HEAD "app_pkgs: [dsm2, {name: dsm2}]\n", ":3:18: ", "names dsm2 twice"},
        Wrong{HEAD "app_pkgs: [{version: 1}]\n", ":3:12: ", "has no name"},
        Wrong{HEAD "max_wall_clock: 90\n", ":3:17: ", "such as 90s"},
        Wrong{"job_name: a b\ncommand: c\n", ":1:11: ", "letters, digits, '-' and '_' only"},
        Wrong{
            "job_name: "
            "a234567890123456789012345678901234567890123456789012345678901234567890\ncommand: c\n",
            ":1:11: ", "has 70 characters; at most 64"},
        Wrong{"job_name: [a]\ncommand: c\n", ":1:11: ", "job_name is a text, not a list"},
        Wrong{"job_name: j\ncommand:\n", ":2:1: ", "command is a text, not nothing"},
        Wrong{"job_name: j\ncommand: ' '\n", ":2:10: ", "command is empty"},
        Wrong{HEAD "inputs: nowhere\n", ":3:9: ", "no such folder: "},
        Wrong{HEAD "inputs: study.yml\n", ":3:9: ", "is not a folder"},
        Wrong{HEAD "outputs: [/etc/passwd]\n", ":3:11: ", "not below the working directory"},
        Wrong{HEAD "outputs: [a, ../b]\n", ":3:14: ", "not below the working directory"},
        Wrong{HEAD "results: {a: {file: f}}\n", ":3:11: ", "needs both file and regex"},
        Wrong{HEAD "results: {a: {file: f, regex: '('}}\n", ":3:31: ", "no regular expression"},
        Wrong{HEAD "results: {a: {fil: f, regex: a}}\n", ":3:15: ", "(did you mean 'file'?)"},
        Wrong{HEAD "results: {a: f}\n", ":3:14: ", "is {file: …, regex: …}, not 'f'"},
        Wrong{HEAD "environment_variables: {1A: x}\n", ":3:25: ", "cannot be the name"},
        Wrong{HEAD "environment_variables: {A: [x]}\n", ":3:28: ", "is a text, not a list"},
        Wrong{HEAD "sweep: {A: [1]}\nenvironment_variables: {A: 2}\n",
              ":4:24: ", "A is a parameter"},
        Wrong{HEAD "sweep: {}\n", ":3:8: ", "the sweep is empty"},
        Wrong{HEAD "sweep:\n", ":3:1: ", "the sweep is empty"},
        Wrong{HEAD "sweep: [1]\n", ":3:9: ", "a list of such maps; this is '1'"},
        Wrong{HEAD "sweep:\n  A: []\n", ":4:6: ", "sweep.A has no values"},
        Wrong{HEAD "sweep:\n  A:\n", ":4:3: ", "sweep.A has no values"},
        Wrong{HEAD "sweep:\n  A: [1, 2, 1]\n", ":4:13: ", "has the value 1 twice"},
        Wrong{HEAD "sweep:\n  A: [[1]]\n", ":4:7: ", "a number or a text, not a list"},
        Wrong{HEAD "sweep:\n  A-B: [1]\n", ":4:3: ", "cannot be the name"},
        Wrong{HEAD "sweep:\n  AZ_BATCH_X: [1]\n", ":4:3: ", "belong to Batch"},
        Wrong{HEAD "sweep:\n  A: {rang: [1, 2]}\n", ":4:7: ", "(did you mean 'range'?)"},
        Wrong{HEAD "sweep:\n  A: {range: [1]}\n", ":4:14: ", "[first, last] or"},
        Wrong{HEAD "sweep:\n  A: {range: [1, x]}\n", ":4:18: ", "holds numbers, not 'x'"},
        Wrong{HEAD "sweep:\n  A: {range: [5, 1]}\n", ":4:14: ", "needs a step below 0"},
        Wrong{HEAD "sweep:\n  A: {range: [0, 1, 0.3]}\n",
              ":4:14: ", "nearest values are 0.9 and 1.2"},
        Wrong{HEAD "sweep:\n  A: {range: [0, 1, 0]}\n", ":4:14: ", "cannot be 0"},
        Wrong{HEAD "sweep:\n  A: {linspace: [0, 1]}\n", ":4:17: ", "[first, last, how many]"},
        Wrong{HEAD "sweep:\n  A: {linspace: [0, 1, 0]}\n", ":4:17: ", "[first, last, how many]"},
        Wrong{HEAD "sweep:\n  A: {linspace: [1, 1, 3]}\n", ":4:6: ", "has the value 1 twice"},
        Wrong{HEAD "sweep:\n  A: {linspace: [1, 1.00000000001, 3]}\n", ":4:6: ", "twice"},
        Wrong{HEAD "sweep: {A: [1, 2], B: [1]}\ncombine: zip\n", ":3:8: ", "equally many values"},
        Wrong{HEAD "sweep: {A: [1, 1], B: [2, 2]}\ncombine: zip\n", ":3:8: ", "runs 1 and 2"},
        Wrong{HEAD "combine: sum\n", ":3:10: ", "product, zip or chain, not 'sum'"},
        Wrong{HEAD "sweep:\n\tA: [1]\n", ":4:1: ", "a tab indents this line"},
        Wrong{HEAD "sweep:\n  \tA: [1]\n", ":4:3: ", "a tab indents this line"},
        Wrong{HEAD "sweep: {A: [1}\n", ":3:", "flow"},
        Wrong{HEAD "sweep: &x {A: [1]}\nexclude: *x\n", ":4:10: ", "alias"},
        Wrong{HEAD "---\njob_name: k\n", ":1:1: ", "more than one document"}));
#undef HEAD
// NOLINTEND

TEST_F(StudyFile, refuses_a_regular_expression_too_long_to_compile) {
  const auto study = load("job_name: j\ncommand: c\nresults: {a: {file: f, regex: '" +
                          std::string(200'000, '(') + "'}}\n");
  ASSERT_FALSE(study);
  EXPECT_THAT(study.error().message, AllOf(HasSubstr(":3:31: results.a.regex: '((("),
                                           HasSubstr("...' is no regular expression: ")));
}

TEST_F(StudyFile, holds_a_hundred_million_zipped_runs_in_no_memory) {
  const auto study = load(
      "job_name: j\ncommand: c\ncombine: zip\n"
      "sweep: {A: {range: [1, 100000000]}, B: {linspace: [0, 1, 100000000]}}\n");
  ASSERT_TRUE(study) << study.error().message;
  EXPECT_THAT(study->space.point(99'999'999), ElementsAre("100000000", "1"));
}

TEST(CheckId, allows_what_batch_allows) {
  EXPECT_TRUE(check_id("job_name", "a-B_9"));
  EXPECT_TRUE(check_id("job_name", std::string(64, 'x')));
  EXPECT_FALSE(check_id("job_name", std::string(65, 'x')));
  EXPECT_FALSE(check_id("job_name", ""));
  EXPECT_FALSE(check_id("job_name", "a.b"));
  EXPECT_FALSE(check_id("job_name", "ä"));
}

}  // namespace
}  // namespace dms::models
