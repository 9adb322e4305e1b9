#include "agent/downloads.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "blob/xml.h"
#include "core/file.h"
#include "tests/support/scripted_transport.h"
#include "tests/support/temp_directory.h"

namespace dms::agent {
namespace {

namespace fs = std::filesystem;
using batch::ErrorCategory;
using batch::ResourceFile;

constexpr const char* container = "https://acc.blob.core.windows.net/inputs?sv=1&sig=c2VjcmV0";

ResourceFile from_url(const std::string& url, const std::string& path) {
  return {.http_url = url, .file_path = path};
}

ResourceFile from_container(const std::string& prefix = {}, const std::string& below = {}) {
  ResourceFile file{.storage_container_url = container};
  if (!prefix.empty()) file.blob_prefix = prefix;
  if (!below.empty()) file.file_path = below;
  return file;
}

Response list_of(const std::vector<std::string>& names, const std::string& next = {}) {
  blob::BlobList list{.container = "inputs", .next_marker = next};
  for (const auto& name : names) list.blobs.push_back({.name = name});
  return {.status = 200, .body = blob::write_blob_list(list)};
}

class Downloads : public testing::Test {
 protected:
  Failure fetch(const std::vector<ResourceFile>& files) {
    return fetch_files(transport_, files, wd_.path().string(), {});
  }
  std::string code(const std::vector<ResourceFile>& files) {
    const Failure failure = fetch(files);
    return failure ? failure->code.value_or("") : "";
  }
  std::string text(const std::string& name) { return read_file(wd_ / name).value_or("?"); }
  mode_t mode(const std::string& name) {
    struct stat info {};
    ::stat((wd_ / name).c_str(), &info);
    return info.st_mode & 07777;
  }

  TempDirectory wd_;
  ScriptedTransport transport_;
};

TEST_F(Downloads, brings_a_file_of_any_url_with_its_directories_and_mode) {
  transport_.expect("GET", "https://h/a?sig=x", {.status = 200, .body = "one"});
  transport_.expect("GET", "https://h/b", {.status = 200, .body = "two"});
  transport_.expect("GET", "https://h/empty", {.status = 200});
  ResourceFile script = from_url("https://h/b", "run.sh");
  script.file_mode = "0555";
  EXPECT_FALSE(fetch({from_url("https://h/a?sig=x", "in/deep/a.txt"), script,
                      from_url("https://h/empty", "empty")}));
  EXPECT_EQ(text("in/deep/a.txt"), "one");
  EXPECT_EQ(mode("in/deep/a.txt"), 0770U);
  EXPECT_EQ(text("run.sh"), "two");
  EXPECT_EQ(mode("run.sh"), 0555U);
  EXPECT_EQ(text("empty"), "");
}

TEST_F(Downloads, replaces_a_file_of_an_earlier_run) {
  std::ofstream(wd_ / "a.txt") << "a longer text";
  transport_.expect("GET", "https://h/a", {.status = 200, .body = "new"});
  EXPECT_FALSE(fetch({from_url("https://h/a", "a.txt")}));
  EXPECT_EQ(text("a.txt"), "new");
}

TEST_F(Downloads, keeps_the_hierarchy_of_a_container_below_the_file_path) {
  const std::string blobs = "https://acc.blob.core.windows.net/inputs";
  transport_.expect("GET", blobs, list_of({"a.txt", "x/y/b.txt"}, "more"));
  transport_.expect("GET", blobs + "/a.txt", {.status = 200, .body = "a"});
  transport_.expect("GET", blobs + "/x/y/b.txt", {.status = 200, .body = "b"});
  transport_.expect("GET", blobs, list_of({"x/z/", "c d"}));
  transport_.expect("GET", blobs + "/c%20d", {.status = 200, .body = "c"});
  ResourceFile file = from_container("", "in");
  file.file_mode = "644";
  EXPECT_FALSE(fetch({file}));
  EXPECT_EQ(text("in/a.txt"), "a");
  EXPECT_EQ(text("in/x/y/b.txt"), "b");
  EXPECT_EQ(text("in/c d"), "c");
  EXPECT_EQ(mode("in/a.txt"), 0644U);
  EXPECT_TRUE(fs::is_directory(wd_ / "in/x/z"));
}

TEST_F(Downloads, asks_a_container_for_a_prefix_and_keeps_the_whole_name) {
  const std::string blobs = "https://acc.blob.core.windows.net/inputs";
  transport_.expect("GET", blobs, list_of({"run1/a.txt"}));
  transport_.expect("GET", blobs + "/run1/a.txt", {.status = 200, .body = "a"});
  EXPECT_FALSE(fetch({from_container("run1/")}));
  EXPECT_EQ(text("run1/a.txt"), "a");
  EXPECT_NE(transport_.requests()[0].url.find("prefix=run1%2F"), std::string::npos);
  EXPECT_NE(transport_.requests()[1].url.find("sig=c2VjcmV0"), std::string::npos);
}

struct Answer {
  int status;
  const char* code;
  ErrorCategory category;
};

TEST_F(Downloads, tells_a_failed_download_by_the_services_codes) {
  const std::vector<Answer> table{{404, "BlobNotFound", ErrorCategory::user_error},
                                  {403, "BlobAccessDenied", ErrorCategory::user_error},
                                  {401, "BlobAccessDenied", ErrorCategory::user_error},
                                  {500, "BlobDownloadMiscError", ErrorCategory::server_error},
                                  {400, "BlobDownloadMiscError", ErrorCategory::server_error}};
  for (const auto& row : table) {
    transport_.expect("GET", "https://h/a", {.status = row.status, .body = "no"});
    const Failure failure = fetch({from_url("https://h/a?sig=c2VjcmV0", "a.txt")});
    ASSERT_TRUE(failure) << row.status;
    EXPECT_EQ(failure->code, row.code);
    EXPECT_EQ(failure->category, row.category) << row.code;
    ASSERT_EQ(failure->details.size(), 3U);
    EXPECT_EQ(failure->details[0].name, "BlobSource");
    EXPECT_EQ(failure->details[0].value, "https://h/a?sig=REDACTED");
    EXPECT_EQ(failure->details[1].value, "a.txt");
    EXPECT_FALSE(fs::exists(wd_ / "a.txt"));
  }
}

TEST_F(Downloads, tells_a_server_that_is_not_there_from_one_that_is_slow) {
  transport_.expect("GET", "https://h/a", fail(Code::unavailable, "refused"));
  EXPECT_EQ(code({from_url("https://h/a", "a")}), "BlobDownloadMiscError");
  transport_.expect("GET", "https://h/a", fail(Code::timeout, "no answer"));
  EXPECT_EQ(code({from_url("https://h/a", "a")}), "BlobDownloadTimedOut");
}

TEST_F(Downloads, tells_a_failed_list_by_the_services_codes) {
  const std::vector<Answer> table{{404, "ResourceContainerNotFound", {}},
                                  {403, "ResourceContainerAccessDenied", {}},
                                  {500, "ResourceContainerListMiscError", {}}};
  for (const auto& row : table) {
    transport_.expect("GET", "https://acc.blob.core.windows.net/inputs", {.status = row.status});
    EXPECT_EQ(code({from_container()}), row.code);
  }
}

TEST_F(Downloads, shows_no_signature_in_any_failure) {
  transport_.expect("GET", "https://acc.blob.core.windows.net/inputs", {.status = 403});
  transport_.expect("GET", "https://acc.blob.core.windows.net/inputs", list_of({"a"}));
  transport_.expect("GET", "https://acc.blob.core.windows.net/inputs/a", {.status = 403});
  for (int i = 0; i < 2; ++i) {
    const Failure failure = fetch({from_container()});
    ASSERT_TRUE(failure);
    for (const auto& detail : failure->details)
      EXPECT_EQ(detail.value->find("c2VjcmV0"), std::string::npos) << *detail.value;
  }
}

TEST_F(Downloads, leaves_the_working_directory_for_no_path) {
  EXPECT_EQ(code({from_url("https://h/a", "../a.txt")}), "ResourceFileCreateFailed");
  EXPECT_EQ(code({from_url("https://h/a", "/tmp/a.txt")}), "ResourceFileCreateFailed");
  EXPECT_EQ(code({from_url("https://h/a", "")}), "ResourceFileCreateFailed");
  transport_.expect("GET", "https://acc.blob.core.windows.net/inputs", list_of({"a"}));
  EXPECT_EQ(code({from_container("", "../up")}), "ResourceFileCreateFailed");
}

TEST_F(Downloads, tells_what_the_disk_refuses) {
  std::ofstream(wd_ / "file") << "x";
  fs::create_directory(wd_ / "directory");
  EXPECT_EQ(code({from_url("https://h/a", "file/below/a.txt")}), "ResourceDirectoryCreateFailed");
  EXPECT_EQ(code({from_url("https://h/a", "directory")}), "ResourceFileCreateFailed");
}

TEST_F(Downloads, refuses_a_mode_that_is_not_octal) {
  for (const char* mode : {"rwx", "0888", "077777"}) {
    ResourceFile file = from_url("https://h/a", "a");
    file.file_mode = mode;
    EXPECT_EQ(code({file}), "ResourceFileCreateFailed") << mode;
  }
}

TEST_F(Downloads, knows_no_auto_storage_account) {
  EXPECT_EQ(code({{.auto_storage_container_name = "inputs"}}), "ResourceContainerNotFound");
}

TEST_F(Downloads, ends_with_the_first_failure) {
  transport_.expect("GET", "https://h/a", {.status = 404});
  EXPECT_EQ(code({from_url("https://h/a", "a"), from_url("https://h/b", "b")}), "BlobNotFound");
}

}  // namespace
}  // namespace dms::agent
