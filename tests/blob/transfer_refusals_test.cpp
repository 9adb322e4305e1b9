// Many files: what a transfer must not do, and what it must not keep to itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/blob/transfer_fixture.h"

namespace dms::blob {
namespace {

using testing::HasSubstr;
using testing::UnorderedElementsAre;

const TransferOptions plain_mirror{.extra = TransferOptions::Extra::remove};
const TransferOptions dry_mirror{.extra = TransferOptions::Extra::remove,
                                 .run = TransferOptions::Run::dry};

// Does something as a user who is not root, whom no mode keeps out.
template <class Work>
auto as_nobody(Work work) {
  constexpr uid_t nobody = 65534;
  const bool is_root = ::geteuid() == 0;
  if (is_root) ::setfsuid(nobody);
  auto result = work();
  if (is_root) ::setfsuid(0);
  return result;
}

TEST_F(TransferTest, takes_no_folder_that_it_cannot_read_for_an_empty_one) {
  write("a", "alpha");
  write("closed/b", "beta");
  write("open/c", "gamma");
  service.put("study/closed/b", "beta");
  fs::permissions(dir.path(), static_cast<fs::perms>(0755));
  ::chmod((here / "closed").c_str(), 0);
  const auto sent = as_nobody([&] { return up({.extra = TransferOptions::Extra::remove}); });
  ::chmod((here / "closed").c_str(), 0755);
  ASSERT_EQ(sent.failures.size(), 1u);
  EXPECT_EQ(sent.failures[0].name, "closed");
  EXPECT_EQ(sent.failures[0].error.code, Code::permission);
  EXPECT_THAT(names(), UnorderedElementsAre("study/a", "study/open/c", "study/closed/b"));
}

TEST_F(TransferTest, removes_nothing_there_for_a_directory_that_is_empty) {
  fs::create_directories(here);
  service.put("study/mine", "x");
  const auto sent = upload_directory(here, blob, {"cont1", "study"}, plain_mirror);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Code::not_found);
  EXPECT_THAT(sent.error().message, HasSubstr("all of 'cont1/study' would be removed"));
  const auto copied =
      copy_directory(blob, {"cont1", "study"}, blob, {"cont1", "copy"},
                     {.names = {.include = {"*.csv"}}, .extra = TransferOptions::Extra::remove});
  ASSERT_FALSE(copied);
  EXPECT_EQ(copied.error().code, Code::not_found);
  EXPECT_THAT(names(), UnorderedElementsAre("study/mine"));
}

TEST_F(TransferTest, removes_the_folders_that_its_removals_left_empty) {
  service.put("study/a", "x");
  service.put("study/kept", "");
  service.blobs["study/kept"].metadata.set("x-ms-meta-hdi_isfolder", "true");
  for (const auto* name : {"old/deep/er/b", "old/c", "kept/d", "full/e", "full/f.log"}) {
    fs::create_directories((there / name).parent_path());
    std::ofstream(there / name) << "x";
  }
  TransferOptions options = plain_mirror;
  options.names.exclude = {"*.log"};
  EXPECT_EQ(down(options).removed, 4u);
  EXPECT_FALSE(fs::exists(there / "old"));
  EXPECT_TRUE(fs::is_directory(there / "kept"));
  EXPECT_TRUE(fs::exists(there / "full/f.log"));
  EXPECT_EQ(down(options).removed, 0u);
}

TEST_F(TransferTest, says_in_a_dry_run_what_it_would_do_to_a_directory_that_is_not_there_yet) {
  service.put("study/a", "x");
  EXPECT_EQ(down(dry_mirror).files, 1u);
}

TEST_F(TransferTest, writes_through_no_link_that_is_here) {
  fs::create_directories(there);
  fs::create_directories(dir.path() / "elsewhere");
  fs::create_directory_symlink("../elsewhere", there / "link");
  service.put("study/link/deep/a", "x");
  service.put("study/b", "x");
  for (const auto& options : {TransferOptions{.run = TransferOptions::Run::dry}, plain_mirror}) {
    const auto got = down(options);
    EXPECT_EQ(got.files, 1u);
    ASSERT_EQ(got.failures.size(), 1u);
    EXPECT_THAT(got.failures[0].error.message, HasSubstr("link is a link"));
  }
  EXPECT_TRUE(fs::is_empty(dir.path() / "elsewhere"));
  EXPECT_TRUE(fs::is_symlink(there / "link"));
}

TEST_F(TransferTest, says_of_a_name_that_is_file_and_folder_the_same_each_time) {
  service.put("study/a", "file");
  service.put("study/a.txt", "x");
  service.put("study/a/b", "x");
  for (int i = 0; i < 10; ++i) {
    const auto got = down({.parallel = 4});
    ASSERT_EQ(got.failures.size(), 1u);
    EXPECT_EQ(got.failures[0].name, "a");
    EXPECT_THAT(got.failures[0].error.message, HasSubstr("'a/b'"));
    EXPECT_EQ(text_of(there / "a/b"), "x");
    fs::remove_all(there);
  }
}

TEST_F(TransferTest, tells_of_bad_names_before_anything_is_sent) {
  write("two\nlines", "x");
  write("latin1-\xE9", "x");
  write("good", "x");
  for (const auto& options :
       {TransferOptions{.run = TransferOptions::Run::dry}, TransferOptions{}}) {
    const auto sent = up(options);
    EXPECT_EQ(sent.files, 1u);
    EXPECT_EQ(sent.failures.size(), 2u);
  }
  EXPECT_THAT(names(), UnorderedElementsAre("study/good"));
}

TEST_F(TransferTest, goes_on_after_a_copy_that_came_to_nothing) {
  service.put("study/a", "x");
  service.put("study/b", "x");
  service.trouble = [](const Request& request, int) -> std::optional<Result<Response>> {
    if (request.method != "PUT" || !request.url.path.ends_with("/a")) return std::nullopt;
    return Result<Response>(Response{.status = 202, .headers = {{"x-ms-copy-status", "failed"}}});
  };
  const auto copied = copy_directory(blob, {"cont1", "study"}, blob, {"cont1", "copy"});
  ASSERT_TRUE(copied) << copied.error().message;
  EXPECT_EQ(copied->files, 1u);
  EXPECT_EQ(copied->failures.size(), 1u);
}

TEST_F(TransferTest, goes_on_after_a_link_that_is_too_long) {
  service.put("study/link", std::string(5000, 'x'));
  service.blobs["study/link"].metadata.set("x-ms-meta-is_symlink", "true");
  service.put("study/link2", "b");
  service.blobs["study/link2"].metadata.set("x-ms-meta-is_symlink", "true");
  const auto got = down({.parallel = 1});
  EXPECT_EQ(got.files, 1u);
  EXPECT_EQ(got.failures.size(), 1u);
}

TEST_F(TransferTest, fetches_nothing_for_another_mode) {
  write("a", "alpha");
  up();
  down();
  service.received_bytes = 0;
  ::chmod((there / "a").c_str(), 0700);
  ::chmod((here / "a").c_str(), 0640);
  up();
  EXPECT_EQ(down().files, 1u);
  EXPECT_EQ(service.received_bytes, 0u);
  EXPECT_EQ(fs::status(there / "a").permissions(), static_cast<fs::perms>(0640));
}

TEST_F(TransferTest, deletes_a_folder_with_the_blobs_that_stand_for_it) {
  for (const auto* name : {"study", "study/", "study/deep", "study/deep/", "study/deep/a"})
    service.put(name, "");
  service.blobs["study"].metadata.set("x-ms-meta-hdi_isfolder", "true");
  for (const auto run : {TransferOptions::Run::dry, TransferOptions::Run::real})
    EXPECT_EQ(delete_directory(blob, {"cont1", "study"}, {.run = run}).value().removed, 5u);
  EXPECT_TRUE(service.blobs.empty());
}

}  // namespace
}  // namespace dms::blob
