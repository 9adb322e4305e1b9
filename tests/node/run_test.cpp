// dmsnode stage and run, as the shipped program.
#include <csignal>
#include <cstdlib>
#include <thread>

#include "tests/node/fixture.h"

namespace dms::node {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;

// A node's shared directory, a study's inputs as in.zip, and working directories a and b.
class Node : public Fixture {
 protected:
  Node() {
    setenv("AZ_BATCH_NODE_SHARED_DIR", (directory() / "shared").c_str(), 1);
    make_directory("a");
    make_directory("b");
    write_inputs("first");
  }
  ~Node() override { unsetenv("AZ_BATCH_NODE_SHARED_DIR"); }

  void write_inputs(const std::string& text) {
    write("in.zip", zip_of({{.name = "case/in.txt", .content = text},
                            {.name = "model", .content = "#!/bin/sh\n", .mode = S_IFREG | 0755}}));
  }

  Outcome stage_inputs(const RunOptions& options = {}) {
    return dmsnode({"stage", "--inputs", "5ha=in.zip"}, options);
  }

  Outcome run_in(const std::string& folder, const std::string& command,
                 std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{"run", ".o.zip", "--inputs", "5ha"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    arguments.insert(arguments.end(), {"--", command, "out*"});
    return dmsnode(arguments, {.in = directory() / folder});
  }
};

TEST_F(Node, unpacks_inputs_once_and_removes_what_was_brought) {
  ASSERT_EQ(stage_inputs().exit, 0);
  EXPECT_FALSE(exists("in.zip"));
  EXPECT_EQ(read("shared/dmsbatch/inputs/5ha/case/in.txt"), "first");
  write_inputs("second");
  ASSERT_EQ(stage_inputs().exit, 0);
  EXPECT_EQ(read("shared/dmsbatch/inputs/5ha/case/in.txt"), "first") << "same name, same content";
  EXPECT_FALSE(exists("in.zip"));
}

TEST_F(Node, lets_no_run_change_the_inputs_of_another) {
  ASSERT_EQ(stage_inputs().exit, 0);
  const std::string write_in_place = "printf CHANGED 1<>case/in.txt; cat case/in.txt >out; ";
  EXPECT_EQ(run_in("a", write_in_place).exit, 0);
  EXPECT_EQ(read("a/out"), "CHANGED");
  EXPECT_EQ(run_in("b", "cat case/in.txt >out; test -x model").exit, 0);
  EXPECT_EQ(read("b/out"), "first");
}

TEST_F(Node, gives_a_retry_the_inputs_as_they_were) {
  ASSERT_EQ(stage_inputs().exit, 0);
  ASSERT_EQ(run_in("a", "echo x >case/in.txt; rm model; ln -s /etc/passwd model; >out").exit, 0);
  EXPECT_EQ(run_in("a", "cat case/in.txt >out; test ! -L model").exit, 0);
  EXPECT_EQ(read("a/out"), "first");
}

TEST_F(Node, starts_afresh_after_a_kill_and_after_a_reboot) {
  write("shared/dmsbatch/inputs/5ha.partial/case/left", "half");
  ASSERT_EQ(stage_inputs().exit, 0);
  EXPECT_THAT(names_below("shared/dmsbatch/inputs/5ha"),
              ElementsAre("case", "case/in.txt", "model"));
  // What another start of the node has written may be incomplete.
  write("shared/dmsbatch/inputs/5ha.boot", "another start");
  write("shared/dmsbatch/inputs/5ha/case/in.txt", "");
  write_inputs("again");
  ASSERT_EQ(stage_inputs().exit, 0);
  EXPECT_EQ(read("shared/dmsbatch/inputs/5ha/case/in.txt"), "again");
}

TEST_F(Node, keeps_nothing_of_inputs_that_do_not_fit) {
  write("in.zip",
        zip_of({{.name = "small", .content = "s"}, {.name = "large", .content = noise(100'000)}}));
  const auto full = stage_inputs({.max_file_bytes = 50'000});
  EXPECT_EQ(full.exit, 74);
  EXPECT_FALSE(exists("shared/dmsbatch/inputs/5ha"));
  EXPECT_FALSE(exists("shared/dmsbatch/inputs/5ha.partial"));
  ASSERT_EQ(stage_inputs().exit, 0) << "the archive is still there";
  EXPECT_EQ(read("shared/dmsbatch/inputs/5ha/large"), noise(100'000));
}

TEST_F(Node, refuses_a_damaged_archive_and_names_it) {
  write("in.zip", zip_of({{.name = "a", .content = "x", .wrong_checksum = true}}));
  const auto refused = stage_inputs();
  EXPECT_EQ(refused.exit, 65);
  EXPECT_THAT(refused.errors, HasSubstr("in.zip: a: "));
  EXPECT_FALSE(exists("shared/dmsbatch/inputs/5ha"));
}

TEST_F(Node, may_be_made_ready_by_several_tasks_at_once) {
  std::vector<int> exits(6, -1);
  for (int i = 0; i < 6; ++i)
    std::filesystem::copy_file(directory() / "in.zip", directory() / std::to_string(i));
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 6; ++i)
      threads.emplace_back([&, i] {
        const auto archive = "5ha=" + std::to_string(i);
        exits[static_cast<std::size_t>(i)] = dmsnode({"stage", "--inputs", archive}).exit;
      });
  }
  EXPECT_THAT(exits, testing::Each(0));
  EXPECT_THAT(names_below("shared/dmsbatch/inputs/5ha"),
              ElementsAre("case", "case/in.txt", "model"));
}

TEST_F(Node, keeps_the_program_itself) {
  ASSERT_EQ(dmsnode({"stage", "--tool", "70"}).exit, 0);
  const auto kept = run((directory() / "shared/dmsbatch/dmsnode-70").string(), {"--version"});
  EXPECT_EQ(kept.output, "dmsnode " DMSNODE_VERSION "\n");
}

TEST_F(Node, says_that_inputs_were_not_brought) {
  const auto refused = run_in("a", ">out");
  EXPECT_EQ(refused.exit, 65);
  EXPECT_THAT(refused.errors, HasSubstr("the inputs 5ha are not on this node"));
  EXPECT_FALSE(exists("a/out"));
}

TEST_F(Node, takes_inputs_that_came_with_the_run) {
  EXPECT_EQ(dmsnode({"run", "new/o.zip", "--inputs", "5ha=../in.zip", "--", "cat case/in.txt >out",
                     "out"},
                    {.in = directory() / "a"})
                .exit,
            0);
  EXPECT_EQ(read("a/out"), "first");
  EXPECT_THAT(names_packed("a/new/o.zip"), ElementsAre("out"));
  EXPECT_EQ(run_in("b", "cat case/in.txt >out").exit, 0) << "they were kept";
}

TEST_F(Node, exits_as_the_command_did) {
  ASSERT_EQ(stage_inputs().exit, 0);
  EXPECT_EQ(run_in("a", ">out; exit 7").exit, 7);
  EXPECT_EQ(run_in("a", "false | true; >out").exit, 1) << "pipefail";
  EXPECT_EQ(run_in("a", "kill -9 $$").exit, 128 + SIGKILL);
  EXPECT_EQ(run_in("a", "no-such-model").exit, 127);
  EXPECT_EQ(run_in("a", "rm out").exit, 66);
  EXPECT_EQ(run_in("a", ">out").exit, 0);
}

TEST_F(Node, starts_a_plain_command_as_a_shell_would) {
  ASSERT_EQ(stage_inputs().exit, 0);
  setenv("STUDY_FILE", "case/in.txt", 1);
  EXPECT_EQ(run_in("a", "cp $STUDY_FILE out").exit, 0);
  unsetenv("STUDY_FILE");
  EXPECT_EQ(read("a/out"), "first");
  EXPECT_EQ(run_in("a", "printenv PWD").output, (directory() / "a\n").string());
  const auto missing = run_in("a", "no-such-program 1");
  EXPECT_EQ(missing.exit, 127);
  EXPECT_THAT(missing.errors, HasSubstr("no-such-program: command not found"));
  write("a/script", "exit 3\n");  // without #!, and then without the right to be executed
  EXPECT_EQ(run_in("a", "./script").exit, 126);
  std::filesystem::permissions(directory() / "a/script", std::filesystem::perms::owner_all);
  EXPECT_EQ(run_in("a", "./script").exit, 3);
}

TEST_F(Node, packs_what_a_failed_command_left_and_never_an_old_archive) {
  ASSERT_EQ(stage_inputs().exit, 0);
  write("err.txt", "why");
  ASSERT_EQ(run_in("a", ">out1; exit 3", {"--also", "stderr.txt=../err.txt"}).exit, 3);
  EXPECT_THAT(names_packed("a/.o.zip"), ElementsAre("out1", "stderr.txt"));
  ASSERT_EQ(
      dmsnode({"run", ".o.zip", "--inputs", "404", "--", "true"}, {.in = directory() / "a"}).exit,
      65);
  EXPECT_FALSE(exists("a/.o.zip"));
}

TEST_F(Node, tells_in_the_archive_how_the_command_ended) {
  ASSERT_EQ(stage_inputs().exit, 0);
  ASSERT_EQ(run_in("a", ">out; exit 3").exit, 3);
  const auto archive = read("a/.o.zip");
  EXPECT_THAT(archive, HasSubstr("dmsbatch-run exit=3 seconds=0."));
  EXPECT_EQ(run(UNZIP, {"-tq", "a/.o.zip"}).exit, 0);
}

TEST_F(Node, leaves_the_command_its_own_time_zone) {
  ASSERT_EQ(stage_inputs().exit, 0);
  setenv("TZ", "America/Los_Angeles", 1);
  ASSERT_EQ(run_in("a", "echo $TZ >out").exit, 0);
  unsetenv("TZ");
  EXPECT_EQ(read("a/out"), "America/Los_Angeles\n");
}

TEST_F(Node, tells_the_command_where_it_is) {
  ASSERT_EQ(stage_inputs().exit, 0);
  ASSERT_EQ(run_in("a", "\"$DMSBATCH_NODE_TOOL\" --version >out").exit, 0);
  EXPECT_EQ(read("a/out"), "dmsnode " DMSNODE_VERSION "\n");
}

TEST_F(Node, shares_large_files_under_their_names) {
  ASSERT_EQ(stage_inputs().exit, 0);
  write("tide", "one");
  ASSERT_EQ(dmsnode({"stage", "--file", "11=tide"}).exit, 0);
  EXPECT_EQ(
      run_in("a", "cat $AZ_BATCH_NODE_SHARED_DIR/DCP_EX.h5 >out", {"--shared", "DCP_EX.h5=11"})
          .exit,
      0);
  EXPECT_EQ(read("a/out"), "one");
  EXPECT_EQ(mode("shared/dmsbatch/files/11") & 0222, 0U) << "nobody writes to it by accident";
  const auto absent = run_in("a", ">out", {"--shared", "DCP_EX.h5=22"});
  EXPECT_EQ(absent.exit, 66);
  EXPECT_THAT(absent.errors, HasSubstr("the shared file DCP_EX.h5 is not on this node"));
}

// While a run uses a name, a run of another study that means another file by it waits.
TEST_F(Node, gives_each_study_its_own_file_of_one_name) {
  ASSERT_EQ(stage_inputs().exit, 0);
  write("one", "one");
  write("two", "two");
  ASSERT_EQ(dmsnode({"stage", "--file", "11=one", "--file", "22=two"}).exit, 0);
  const std::string look = "cat $AZ_BATCH_NODE_SHARED_DIR/tide >>out; ";
  Outcome first, second;
  {
    const std::jthread a([&] {
      first = run_in("a", look + ">started; until [ -e go ]; do sleep 0.01; done; " + look,
                     {"--shared", "tide=11"});
    });
    while (!exists("a/started")) std::this_thread::yield();
    const std::jthread b([&] {
      write("a/go", "");
      second = run_in("b", look, {"--shared", "tide=22"});
    });
  }
  EXPECT_EQ(first.exit, 0) << first.errors;
  EXPECT_EQ(second.exit, 0) << second.errors;
  EXPECT_EQ(read("a/out"), "oneone");
  EXPECT_EQ(read("b/out"), "two");
}

TEST(NodeAlone, needs_a_shared_directory_of_batch) {
  unsetenv("AZ_BATCH_NODE_SHARED_DIR");
  struct Alone : Fixture {
    void TestBody() override {}
    using Fixture::dmsnode;
  } alone;
  const auto refused = alone.dmsnode({"stage", "--tool", "1"});
  EXPECT_EQ(refused.exit, 64);
  EXPECT_THAT(refused.errors, HasSubstr("AZ_BATCH_NODE_SHARED_DIR is not set"));
}

}  // namespace
}  // namespace dms::node
