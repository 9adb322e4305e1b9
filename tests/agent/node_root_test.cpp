#include "agent/node_root.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "agent/paths.h"
#include "tests/support/temp_directory.h"

namespace dms::agent {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

TEST(Paths, stay_below_their_place) {
  EXPECT_THAT(*parts_below("a/b.txt"), ElementsAre("a", "b.txt"));
  EXPECT_THAT(*parts_below("./a//b/"), ElementsAre("a", "b"));
  for (const char* path : {"", "/", ".", "/etc/passwd", "..", "../a", "a/../../b", "a/.."})
    EXPECT_EQ(parts_below(path).error().code, Code::invalid_argument) << path;
  EXPECT_FALSE(parts_below(std::string_view("a\0b", 3)));
}

class NodeRootTest : public testing::Test {
 protected:
  void write(const std::string& name) {
    fs::create_directories(fs::path(at(name)).parent_path());
    std::ofstream(at(name)) << "x";
  }
  std::string at(const std::string& name) { return (temp_ / "node") + "/" + name; }
  NodeRoot open() { return NodeRoot::open(temp_ / "node").value(); }
  bool trash_is_empty() { return fs::is_empty(at("volatile/trash")); }

  TempDirectory temp_;
};

TEST_F(NodeRootTest, makes_the_directories_of_a_node) {
  const NodeRoot root = open();
  for (const char* name :
       {"applications", "fsmounts", "shared", "startup", "volatile", "workitems"})
    EXPECT_TRUE(fs::is_directory(at(name))) << name;
  EXPECT_EQ(fs::status(at("volatile")).permissions(), fs::perms::owner_all);
}

TEST_F(NodeRootTest, is_held_by_one_agent_at_a_time) {
  {
    const NodeRoot root = open();
    const auto second = NodeRoot::open(temp_ / "node");
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Code::conflict);
  }
  EXPECT_TRUE(NodeRoot::open(temp_ / "node"));
}

TEST_F(NodeRootTest, discards_a_directory_so_that_its_name_is_free_at_once) {
  NodeRoot root = open();
  write("workitems/j/job-1/t/wd/a.txt");
  EXPECT_TRUE(root.discard("workitems/j/job-1/t"));
  EXPECT_FALSE(fs::exists(at("workitems/j/job-1/t")));
  EXPECT_TRUE(fs::exists(at("workitems/j/job-1")));
  write("workitems/j/job-1/t/wd/new.txt");
  empty_trash(root.path());
  EXPECT_TRUE(trash_is_empty());
  EXPECT_TRUE(fs::exists(at("workitems/j/job-1/t/wd/new.txt")));
}

TEST_F(NodeRootTest, takes_an_absent_directory_as_removed) {
  NodeRoot root = open();
  EXPECT_TRUE(root.discard("workitems/none/job-1/t"));
}

TEST_F(NodeRootTest, makes_a_top_directory_anew) {
  NodeRoot root = open();
  write("startup/wd/a.txt");
  EXPECT_TRUE(root.discard("startup"));
  EXPECT_TRUE(fs::is_empty(at("startup")));
}

TEST_F(NodeRootTest, refuses_what_is_not_below_it) {
  NodeRoot root = open();
  fs::create_directories(temp_ / "other/kept");
  fs::create_directory_symlink(temp_ / "other", at("workitems/link"));
  for (const std::string& path :
       {std::string("../other"), temp_ / "other", std::string(""), std::string("."),
        std::string("workitems/../../other"), std::string("workitems/link/kept"),
        std::string("volatile"), std::string("volatile/agent.lock")})
    EXPECT_EQ(root.discard(path).error().code, Code::invalid_argument) << path;
  EXPECT_TRUE(fs::exists(temp_ / "other/kept"));
}

TEST_F(NodeRootTest, removes_links_without_following_them_and_directories_that_were_closed) {
  NodeRoot root = open();
  fs::create_directories(temp_ / "other/kept");
  write("workitems/j/closed/a.txt");
  fs::create_directory_symlink(temp_ / "other", at("workitems/j/link"));
  ::chmod(at("workitems/j/closed").c_str(), 0);
  EXPECT_TRUE(root.discard("workitems/j"));
  empty_trash(root.path());
  EXPECT_TRUE(trash_is_empty());
  EXPECT_TRUE(fs::exists(temp_ / "other/kept"));
}

TEST_F(NodeRootTest, sees_that_it_was_removed_or_replaced) {
  const NodeRoot root = open();
  EXPECT_FALSE(root.has_vanished());
  fs::rename(temp_ / "node", temp_ / "gone");
  EXPECT_TRUE(root.has_vanished());
  fs::create_directory(temp_ / "node");
  EXPECT_TRUE(root.has_vanished());
}

}  // namespace
}  // namespace dms::agent
